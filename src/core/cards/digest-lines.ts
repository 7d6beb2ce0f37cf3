import type { DigestView } from '../alerts/group.ts';
import { worst } from '../alerts/severity.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line } from '../text.ts';
import type { AlertLines } from './alert-lines.ts';
import { inertText } from './inert-text.ts';
import { mostCardLines } from './run-card.ts';
import { marked, resolvedMark, severityMarks } from './severity-words.ts';

/** Headline, times and footer stand beside the services. */
const mostServiceLines = mostCardLines - 3;
const longestService = 60;

/** One card for what would have been many: how many, how bad, and where. */
export function digestLines(view: DigestView): AlertLines {
  const { firingGroups, resolvedGroups, services } = view;
  const isOver = firingGroups === 0;
  const firing = services.filter((one) => one.firing > 0).map((one) => one.worst);
  const severity = view.worst ?? worst(firing) ?? 'warning';
  const mark = isOver ? resolvedMark : severityMarks[severity];
  const among = services.length + view.moreServices;
  const counted = isOver
    ? `${alerts(resolvedGroups)}, none firing any more`
    : `${alerts(firingGroups + resolvedGroups)} at once: ${firingGroups} firing${resolvedGroups === 0 ? '' : `, ${resolvedGroups} resolved`}`;
  const first = services[0] === undefined ? '' : `, most in ${boundedText(services[0].service, 24)}`;
  const isWhole = services.length <= mostServiceLines && view.moreServices === 0;
  const named = services.slice(0, isWhole ? mostServiceLines : mostServiceLines - 1);
  const others = among - named.length;
  return {
    headline: `${marked(mark)} ${counted}`,
    body: [
      ['Since ', { date: view.since }, ' · last seen ', { date: view.lastSeenAt }],
      ...named.map(serviceLine),
      ...(others === 0 ? [] : [`and ${others} more ${others === 1 ? 'service' : 'services'}`]),
    ],
    footer: `Digest ${view.id} · too many for a card each; criticals have their own`,
    notification: `${mark.word} ${counted}${inertText(first)}`,
  };
}

function serviceLine({ service, firing, resolved, worst: severity }: DigestView['services'][number]): Line {
  const mark = firing === 0 ? resolvedMark : severityMarks[severity];
  const counts = [
    ...(firing === 0 ? [] : [`${firing} firing`]),
    ...(resolved === 0 ? [] : [`${resolved} resolved`]),
  ];
  return [
    `${marked(mark)} `,
    { bold: boundedText(service, longestService).trim() || 'no service named' },
    `: ${counts.join(', ') || 'none'}`,
  ];
}

function alerts(count: number): string {
  return `${count} ${count === 1 ? 'alert group' : 'alert groups'}`;
}
