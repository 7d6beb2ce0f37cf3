import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpProblem } from './endpoint.ts';

/** Many times the largest body any endpoint takes. */
const mostBodyBytes = 64 * 1024;

/**
 * @throws HttpProblem 413 when it is too large; the rest is read and thrown away, because a sender whose
 *   connection is cut while it writes never reads the answer
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= mostBodyBytes) chunks.push(chunk);
  }
  if (size > mostBodyBytes) throw new HttpProblem(413, `the body is larger than ${mostBodyBytes} bytes`);
  return Buffer.concat(chunks);
}

/** @throws HttpProblem 415 or 400 when it is not JSON */
export function parseJson(request: IncomingMessage, raw: Buffer): unknown {
  const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw new HttpProblem(415, 'send application/json');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    throw new HttpProblem(400, 'the body is not JSON');
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}
