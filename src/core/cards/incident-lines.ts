import type { GroupView } from '../alerts/group.ts';
import type { Severity } from '../alerts/severity.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line } from '../text.ts';
import { type AlertLines, countLine } from './alert-lines.ts';
import { outsideLinks } from './alert-links.ts';
import { longestSubject, markOf, subject } from './alert-subject.ts';
import { inertText } from './inert-text.ts';
import { longestCardLine } from './run-card.ts';
import { marked, severityMarks } from './severity-words.ts';

/** An incident as its first message shows it. */
export interface IncidentView {
  readonly title: string;
  readonly severity?: Severity | undefined;
  readonly startedBy: string;
  readonly startedAt: Date;
  /** The group it was opened from, as it stands now. */
  readonly group: GroupView | undefined;
  /** To that group's card. */
  readonly cardLink: string | undefined;
  /** Of its ledger entry. */
  readonly receipt: string | undefined;
}

/** What opens the incident's thread: what it is about, who opened it, how the alert stands and where it is. */
export function incidentLines(incident: IncidentView): AlertLines {
  const { title, severity, startedBy, startedAt, group, cardLink, receipt } = incident;
  const mark = severity === undefined ? undefined : severityMarks[severity];
  const what = mark === undefined ? 'Incident' : `${mark.word} incident`;
  const words = (limit: number) =>
    group === undefined
      ? boundedText(title, limit).trim() || 'incident without a title'
      : subject({ ...group.group, title }, { limit });
  // The thread this message opens needs no link to itself.
  const links = group === undefined ? [] : outsideLinks(group.group.links);
  const card: Line[] = cardLink === undefined ? [] : [[{ link: cardLink, label: 'Alert card' }]];
  return {
    headline: `${mark === undefined ? '' : `${mark.shape} `}${what}: ${words(longestCardLine - 25)}`,
    body: [
      ['Started by ', { person: startedBy }, ' ', { date: startedAt }],
      ...(group === undefined ? [] : [[`${marked(markOf(group.group))} · `, ...countLine(group.group)]]),
      ...card,
      ...(links.length === 0 ? [] : [links]),
    ],
    footer: receipt ?? 'incident',
    notification: `${what}: ${inertText(words(longestSubject - 20))}`,
  };
}
