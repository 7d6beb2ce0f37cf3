import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** What happens on the way to PagerDuty. */
export interface PagerDutyRoad {
  /** For the bot. */
  readonly url: string;
  /** The next `times` calls with this action are answered so, and PagerDuty hears nothing of them. */
  answers(
    action: string,
    status: number,
    how?: { readonly times?: number; readonly headers?: Record<string, string> },
  ): void;
  /** The next call with this action is kept on the way. */
  hold(action: string): { readonly reached: Promise<void>; release(): Promise<void> };
}

interface Answering {
  readonly action: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  left: number;
}

/** Call it while the file or its `describe` is collected. @param to where PagerDuty takes events */
export async function startPagerDutyRoad(to: string): Promise<PagerDutyRoad> {
  const answering: Answering[] = [];
  const holding: {
    action: string;
    reach: () => void;
    arrived: Promise<void>;
    arrive: () => void;
    gate: Promise<void>;
  }[] = [];

  const pass = async (body: Buffer, response: ServerResponse): Promise<void> => {
    const answer = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(body),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { event_action: action } = JSON.parse(body.toString()) as { event_action: string };
    const answer = answering.find((one) => one.action === action && one.left > 0);
    if (answer !== undefined) {
      answer.left -= 1;
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(JSON.stringify({ status: 'no', message: 'No', errors: ['as the test has it'] }));
      return;
    }
    const index = holding.findIndex((one) => one.action === action);
    const [held] = index === -1 ? [] : holding.splice(index, 1);
    held?.reach();
    await held?.gate;
    await pass(body, response).finally(() => held?.arrive());
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`,
    answers: (action, status, { times = 1, headers = {} } = {}) => {
      answering.push({ action, status, headers, left: times });
    },
    hold: (action) => {
      const reached = Promise.withResolvers<void>();
      const arrived = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      holding.push({
        action,
        reach: reached.resolve,
        arrived: arrived.promise,
        arrive: arrived.resolve,
        gate: gate.promise,
      });
      return {
        reached: reached.promise,
        release: async () => {
          gate.resolve();
          await arrived.promise;
        },
      };
    },
  };
}
