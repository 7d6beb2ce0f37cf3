/** What Slack does when a Request URL is saved: https://docs.slack.dev/reference/events/url_verification */
import { isFields } from '../block-kit/rule.ts';
import { secret } from '../ids.ts';
import type { Transport } from './transport.ts';

/** @returns undefined when the URL answered the challenge, else what Slack's settings page would say. */
export async function verifyUrl(
  transport: Transport,
  verificationToken: string,
): Promise<string | undefined> {
  const challenge = secret(48);
  const answer = await transport.send({
    kind: 'event',
    type: 'url_verification',
    payload: { token: verificationToken, challenge, type: 'url_verification' },
  });
  if (!answer.isAck) return `Your URL didn't respond: ${answer.shown}`;
  const given = isFields(answer.body) ? answer.body.challenge : answer.body;
  return given === challenge
    ? undefined
    : "Your URL didn't respond with the value of the challenge parameter.";
}
