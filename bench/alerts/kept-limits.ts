import type { RecordedCall } from '../../sandbox/slack/recorder.ts';

/*
 * Slack's documented limits (https://docs.slack.dev/apis/web-api/rate-limits), counted again over what was taken: not by
 * the code that refuses what is too much.
 */

/** chat.update is of tier 3. */
const updatesPerMinute = 50;
/** One message a second in a channel; "short bursts" are allowed. */
const postBurst = 5;
/** A call is counted a moment after it is recorded. */
const toleratedAhead = 0.1;
/** "Several hundred" in a workspace. */
const postsPerMinute = 300;

/** What went over a limit, in sentences. */
export function exceededLimits(calls: readonly RecordedCall[]): string[] {
  const taken = calls.filter(({ outcome }) => outcome !== 'ratelimited');
  const of = (method: string) => taken.filter((call) => call.method === method);
  const posts = Map.groupBy(of('chat.postMessage'), ({ args }) => String(args.channel));
  const edits = mostWithin(times(of('chat.update')), 60_000);
  const messages = mostWithin(times(of('chat.postMessage')), 60_000);
  return [
    ...(edits > updatesPerMinute ? [`${edits} edits within a minute`] : []),
    ...(messages > postsPerMinute ? [`${messages} messages within a minute`] : []),
    ...[...posts].flatMap(([channel, some]) => {
      const ahead = mostAhead(times(some));
      return ahead > postBurst + toleratedAhead
        ? [`${ahead.toFixed(1)} messages ahead of one a second in ${channel}`]
        : [];
    }),
  ];
}

function times(calls: readonly RecordedCall[]): number[] {
  return calls.map(({ at }) => at).sort((one, other) => one - other);
}

/** The most that ever fell into one stretch of time. */
function mostWithin(at: readonly number[], milliseconds: number): number {
  return Math.max(0, ...at.map((end) => at.filter((one) => one <= end && one > end - milliseconds).length));
}

/** How many more than one a second there were, over whatever stretch there were the most. */
function mostAhead(at: readonly number[]): number {
  let ahead = 0;
  let most = 0;
  for (const [index, time] of at.entries()) {
    const elapsedSeconds = index === 0 ? 0 : (time - at[index - 1]!) / 1000;
    ahead = Math.max(0, ahead - elapsedSeconds) + 1;
    most = Math.max(most, ahead);
  }
  return most;
}
