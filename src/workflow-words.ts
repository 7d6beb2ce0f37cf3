import { durationText } from './core/parse/duration.ts';
import type { Line } from './core/text.ts';
import { date, link } from './core/text.ts';
import type { WorkflowRun, WorkflowVerdict } from './target-kinds.ts';

/** What commands about workflows say alike; part of `command.ts`. */

/** `run 17 of 9f3ab2c, success <when>`, with its link. */
export const runWords = (run: WorkflowRun) =>
  [
    link(run.url, `run ${run.id}`),
    ` of ${run.commit.slice(0, 7)}, `,
    run.finishedAt === undefined ? `${run.status}, begun ` : `${run.conclusion ?? run.status} `,
    date(run.finishedAt ?? run.startedAt),
  ] as const satisfies Line;

export const verdictWords = {
  success: 'success',
  failure: 'failure',
  insufficient_data: 'insufficient data',
  cancelled: 'cancelled',
  unknown: 'unknown',
} as const satisfies Record<WorkflowVerdict['verdict'], string>;

/** `42 s`, `3 min 5 s` */
export function clock(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** 90 characters reach a phone; two go to the mark. */
export function boundedHeadline(text: string): string {
  return text.length <= 88 ? text : `${text.slice(0, 87)}…`;
}

/** In the unit people think in; 1,499 minutes is 24 hours. */
export function ageText(minutes: number): string {
  const [unit] = [1_440, 60].filter((size) => minutes >= 2 * size);
  return durationText(unit === undefined ? minutes : minutes - (minutes % unit));
}
