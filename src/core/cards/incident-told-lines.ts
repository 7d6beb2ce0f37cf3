import type { Mention } from '../alerts/speak-group.ts';
import { level2AfterMinutes, postmortemWithinHours } from '../incidents/incident.ts';
import type { IncidentView } from '../incidents/incident-view.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line, Span } from '../text.ts';
import { outsideLinks } from './alert-links.ts';
import { mentionRows } from './alert-state-lines.ts';
import { type Heading, heading } from './incident-words.ts';
import { namedAlerts } from './incident-work-lines.ts';

/** What a timer of an incident has to say, frozen when it came due. */
export interface IncidentTold {
  readonly kind:
    | 'update_due'
    | 'level2'
    | 'still_firing'
    | 'postmortem_24h'
    | 'postmortem_4h'
    | 'postmortem_due';
  /** Whom it calls. Without them `still_firing` calls whoever resolved the incident. */
  readonly mentions?: readonly Mention[];
  /** Who called level 2 by hand, and why. Without: the timer did. */
  readonly by?: string;
  readonly reason?: string;
}

const what: Readonly<Record<IncidentTold['kind'], string>> = {
  update_due: 'status update due',
  level2: 'level 2 called',
  still_firing: 'still firing after it was resolved',
  postmortem_24h: 'postmortem due in 24 hours',
  postmortem_4h: 'postmortem due in 4 hours',
  postmortem_due: 'postmortem overdue',
};

/** What was due may be done by the time it is read. */
function whatOf({ kind }: IncidentTold, { incident }: IncidentView): string {
  return kind.startsWith('postmortem') && incident.postmortem !== undefined
    ? 'postmortem published'
    : what[kind];
}

/** Up to so many stand before the first line without pushing its words out. */
const mentionsInFront = 3;

/** @param headlineLink where the rest stands, for messages outside the thread. */
export function incidentToldLines(
  told: IncidentTold,
  view: IncidentView,
  headlineLink?: string,
): { readonly lines: readonly Line[] } & Pick<Heading, 'notification'> {
  const { headline, notification } = heading(view.incident, whatOf(told, view));
  const mentions = told.mentions ?? (told.kind === 'still_firing' ? resolver(view) : []);
  const calls = mentionRows(mentions);
  const isInFront = mentions.length <= mentionsInFront;
  return {
    lines: [
      ...(isInFront ? [] : calls),
      [...(isInFront ? calls.flatMap((row) => [...row, ' ']) : []), { bold: boundedText(headline, 180) }],
      ...details(told, view),
      ...(headlineLink === undefined ? [] : [[{ link: headlineLink, label: 'Incident' }]]),
    ],
    notification,
  };
}

function resolver({ incident: { resolution } }: IncidentView): Mention[] {
  return resolution === undefined || !/^[UW][A-Z0-9]+$/.test(resolution.by) ? [] : [{ user: resolution.by }];
}

function details(told: IncidentTold, view: IncidentView): Line[] {
  const { incident, alerts } = view;
  switch (told.kind) {
    case 'update_due':
      return [lastUpdate(view)];
    case 'level2':
      return [
        told.by === undefined
          ? [
              `Not resolved within ${level2AfterMinutes} minutes: open since `,
              { date: incident.reopenedAt ?? incident.declaredAt },
            ]
          : ['Called by ', { person: told.by }, `: ${boundedText(told.reason ?? '', 240).trim()}`],
        incident.commander === undefined
          ? 'No commander yet'
          : ['Commander ', { person: incident.commander }],
      ];
    case 'still_firing': {
      const firing = alerts.filter(({ state }) => state === 'firing');
      const resolved: Line[] =
        incident.resolution === undefined
          ? []
          : [['Resolved by ', { person: incident.resolution.by }, ' ', { date: incident.resolution.at }]];
      return [
        firing.length === 0 ? 'None of its alerts fires any more' : namedAlerts(firing, 4),
        ...resolved,
      ];
    }
    case 'postmortem_24h':
    case 'postmortem_4h':
    case 'postmortem_due':
      return [owed(view, told.kind === 'postmortem_due' ? 'Was due ' : 'Due ')];
  }
}

function lastUpdate({ incident: { update, declaredAt } }: IncidentView): Line {
  if (update === undefined) return ['No update since it was declared ', { date: declaredAt }];
  const { by, at, text } = update;
  return ['Last update by ', { person: by }, ' ', { date: at }, `: ${boundedText(text, 120).trim()}`];
}

function owed({ incident, timers }: IncidentView, begin: string): Line {
  const { postmortem, resolution, commander } = incident;
  if (postmortem !== undefined) {
    const link = outsideLinks([{ label: 'Postmortem', url: postmortem.url }]);
    return [...(link.length === 0 ? ['Postmortem'] : link), ' published by ', { person: postmortem.by }];
  }
  const owner = commander ?? resolution?.by;
  const by: Span[] = owner === undefined ? [] : [', owed by ', { person: owner }];
  const dueAt =
    timers.find(({ kind }) => kind === 'postmortem_due')?.dueAt ??
    (resolution && new Date(resolution.at.getTime() + postmortemWithinHours * 3_600_000));
  return [
    begin,
    dueAt === undefined ? `${postmortemWithinHours} hours after it was resolved` : { date: dueAt },
    ...by,
  ];
}
