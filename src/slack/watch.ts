import type { WebClient } from '@slack/web-api';
import type { SlackState } from '../http/health.ts';
import type { Log } from '../log.ts';
import { callFailure } from './delivery/slack-answer.ts';

const lookEveryMilliseconds = 30_000;

/** Asks Slack now and then whether it is there; an outage and its end are each logged once. */
export function watchSlack(
  client: WebClient,
  log: Log,
  now: () => Date,
  isReached: boolean,
  everyMilliseconds = lookEveryMilliseconds,
) {
  let current: SlackState = { state: isReached ? 'connected' : 'unreachable', since: now() };
  const look = async () => {
    const state = await client.auth.test().then(
      () => 'connected' as const,
      // Refused or rate limited is an answer.
      (error: unknown) =>
        callFailure(error).kind === 'unknown' ? ('unreachable' as const) : ('connected' as const),
    );
    if (state === current.state) return;
    current = { state, since: now() };
    if (state === 'unreachable') log.error({}, 'Slack cannot be reached; deliveries wait until it is back');
    else log.info({}, 'Slack can be reached again');
  };
  const timer = setInterval(() => void look(), everyMilliseconds);
  return { state: () => current, stop: () => clearInterval(timer) };
}
