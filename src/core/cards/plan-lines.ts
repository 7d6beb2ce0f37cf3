import type { Run, StoredPlan } from '../run.ts';
import type { Line } from '../text.ts';
import { effectLines } from './effect-groups.ts';
import { longestCardLine } from './run-card.ts';
import { type NameOf, shownLine, shownText } from './shown-line.ts';

/** What will happen in one line, in the target's own words; before there is a plan, what was asked. */
export function titleOf({ plan, invocation }: Pick<Run, 'plan' | 'invocation'>, nameOf?: NameOf): string {
  const [first] = plan?.summary ?? [];
  const words = first === undefined ? '' : shownText(first, { limit: 1000, nameOf }).trim();
  return words === '' ? invocation : words;
}

/** What the title leaves: the rest of the summary, what to beware of, and each call. */
export function planLines(plan: StoredPlan): Line[] {
  return [...plan.summary.slice(1), ...warningLines(plan), ...effectLines(plan.effects)];
}

export function warningLines({ warnings }: Pick<StoredPlan, 'warnings'>): Line[] {
  return warnings.map((line): Line => ['▲ ', ...(typeof line === 'string' ? [line] : line)]);
}

export interface FittedPlan {
  readonly lines: readonly Line[];
  /** Every line is there and none is cut: what the person sees is all that would happen. */
  readonly isWhole: boolean;
}

/** The plan in at most `room` lines. @param title is shown elsewhere and has to be whole there too. */
export function fitPlan(plan: StoredPlan, room: number, title: { words: string; room: number }): FittedPlan {
  const lines = planLines(plan).filter((line) => shownText(line, { limit: 10 }) !== '');
  const isWhole = lines.length <= room && title.words.length <= title.room && !lines.some(isCut);
  if (isWhole) return { lines, isWhole };
  const kept = lines.slice(0, room - 1);
  const left = lines.length - kept.length;
  const more =
    left > 0
      ? `▲ ${left} more ${left === 1 ? 'line does' : 'lines do'} not fit here: read Details before you decide`
      : '▲ Not all of it fits here: read Details before you decide';
  return { lines: [...kept, more], isWhole };
}

/** Longer than anything a card shows, and still quick to scan. */
const wholeLine = 10_000;

function isCut(line: Line): boolean {
  return (
    JSON.stringify(shownLine(line, longestCardLine)) !== JSON.stringify(shownLine(line, wholeLine)) ||
    shownText(line, { limit: longestCardLine }) !== shownText(line, { limit: wholeLine })
  );
}
