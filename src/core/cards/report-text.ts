import type { Run } from '../run.ts';
import type { Line } from '../text.ts';
import { planLines, titleOf } from './plan-lines.ts';
import { cardLines, type RunCard } from './run-card.ts';
import { type NameOf, shownText } from './shown-line.ts';

/** A terminal takes long lines; the bound only stops a runaway report. */
const longestLine = 2000;

/**
 * A run's card as plain text for the command line: the same words in the same order, everything the
 * thread would hold, and nothing that could drive the terminal.
 */
export function reportText(card: RunCard, nameOf?: NameOf): string {
  const { headline, body, footer, thread } = cardLines(card, nameOf, Number.POSITIVE_INFINITY);
  const suggestions = card.report?.suggestions ?? [];
  const shown = (line: Line) => shownText(line, { limit: longestLine, nameOf, links: 'address' });
  return [
    shown(headline),
    ...[...body, footer, ...thread].map((line) => `  ${shown(line)}`),
    ...suggestions.map(({ label, invocation }) => `  → ${shown(label)}: ${shown(invocation)}`),
  ].join('\n');
}

/** What a change would do, in full, for a terminal. */
export function previewText(run: Run): string {
  const { plan } = run;
  if (plan === undefined) return run.invocation;
  const lines: readonly Line[] = [
    ...planLines(plan),
    ...plan.effects.map(({ summary }) => `Calls ${summary}`),
  ];
  const where = run.target === undefined ? [] : [`On ${run.target} (${run.environment})`];
  const shown = (line: Line) => `  ${shownText(line, { limit: longestLine, links: 'address' })}`;
  return [shownText(titleOf(run), { limit: longestLine }), ...[...lines, ...where].map(shown)].join('\n');
}
