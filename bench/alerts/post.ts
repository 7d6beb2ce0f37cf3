import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

export interface Hook {
  readonly hookUrl: string;
  readonly token: string;
}

/** Alertmanager begins with 10 ms and doubles it. */
const againMilliseconds = 200;
const mostAttempts = 50;

/**
 * One delivery, again after a 503 as Alertmanager does.
 * @returns how often it was told 503. @throws Error for any other answer but 202
 */
export async function post({ hookUrl, token }: Hook, body: Buffer, dispatcher: Agent): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    const answer = await request(hookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
      dispatcher,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 202) return refusals;
    if (answer.statusCode !== 503 || refusals >= mostAttempts) {
      throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 200)}`);
    }
    await sleep(againMilliseconds);
  }
}

/** As fast as `connections` allow. @returns seconds, and how many answers were 503. */
export async function flood(hook: Hook, bodies: readonly Buffer[], connections: number) {
  const agent = new Agent({ connections, pipelining: 1 });
  const left = [...bodies];
  let refusals = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let body = left.pop(); body !== undefined; body = left.pop())
        refusals += await post(hook, body, agent);
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  await agent.close();
  return { seconds, refusals };
}

/**
 * One POST every `1/perSecond`, whether or not the last was answered. @returns each one's milliseconds since it was due,
 * so that one which had to wait for its turn, or to be sent again, counts the waiting too.
 */
export async function steady(hook: Hook, bodies: readonly Buffer[], perSecond: number) {
  const agent = new Agent({ connections: 50, pipelining: 1 });
  const begun = performance.now();
  let refusals = 0;
  const answers: Promise<number>[] = [];
  for (const [index, body] of bodies.entries()) {
    const due = begun + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    answers.push(
      post(hook, body, agent).then((times) => {
        refusals += times;
        return performance.now() - due;
      }),
    );
  }
  const milliseconds = await Promise.all(answers);
  await agent.close();
  return { milliseconds, refusals };
}
