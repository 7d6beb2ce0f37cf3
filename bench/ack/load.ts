import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

export interface Target {
  readonly origin: string;
  readonly signingSecret: string;
}

function signed(target: Target, text: string) {
  const body = new URLSearchParams({
    token: 'bench',
    team_id: 'T0ACME',
    team_domain: 'acme-ops',
    channel_id: 'C0OPS',
    channel_name: 'ops',
    user_id: 'U0ADA',
    user_name: 'ada',
    command: '/ops',
    text,
    response_url: 'http://127.0.0.1:9/unused',
    trigger_id: `1.${randomUUID()}`,
    api_app_id: 'A0COUNTER',
    is_enterprise_install: 'false',
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', target.signingSecret)
    .update(`v0:${timestamp}:${body}`)
    .digest('hex');
  return {
    method: 'POST' as const,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
    body,
  };
}

async function one(target: Target, text: string, dispatcher: Agent): Promise<number> {
  const begun = performance.now();
  const answer = await request(`${target.origin}/slack/events`, { ...signed(target, text), dispatcher });
  const content = await answer.body.text();
  if (answer.statusCode !== 200 || content.includes('Nothing was recorded')) {
    throw new Error(`answered ${answer.statusCode}: ${content.slice(0, 200)}`);
  }
  return performance.now() - begun;
}

/** As many as `connections` allow, one after another on each. @returns acknowledgements per second. */
export async function flood(
  target: Target,
  text: string,
  count: number,
  connections: number,
): Promise<number> {
  const agent = new Agent({ connections, pipelining: 1 });
  let left = count;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) await one(target, text, agent);
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  await agent.close();
  return count / seconds;
}

/** One request every `1/perSecond`, whether or not the last was answered. @returns each one's milliseconds. */
export async function steady(
  target: Target,
  text: string,
  perSecond: number,
  seconds: number,
): Promise<number[]> {
  const agent = new Agent({ connections: 50, pipelining: 1 });
  const begun = performance.now();
  const answers: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = begun + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    answers.push(one(target, text, agent));
  }
  const latencies = await Promise.all(answers);
  await agent.close();
  return latencies;
}
