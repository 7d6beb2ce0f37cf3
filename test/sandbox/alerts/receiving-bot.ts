import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SampleSecrets } from '../../../sandbox/alerts/delivery.ts';
import type { RawDelivery } from '../../../src/webhooks/source-kind.ts';

export const secrets: SampleSecrets = {
  prometheus: 'prometheus-token-for-tests',
  grafana: 'grafana-secret-for-tests',
  rms: 'rms-url-secret-for-tests',
  uptime: 'uptime-token-for-tests',
};

export interface Received extends RawDelivery {
  readonly path: string;
  readonly json: Record<string, unknown>;
}

/** What the bot's address would get. `answers`: the status of each request in turn, then 202. */
export async function receivingBot(answers: (number | 'cut')[] = []) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = answers.shift() ?? 202;
    if (answer === 'cut') return void response.destroy();
    const body = Buffer.concat(chunks);
    received.push({
      path: request.url ?? '',
      method: request.method ?? '',
      headers: joined(request.headers),
      body,
      receivedAt: new Date(),
      json: JSON.parse(body.toString('utf8')),
    });
    response.writeHead(answer, { 'content-type': 'application/json' }).end(`{"error":"said ${answer}"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
