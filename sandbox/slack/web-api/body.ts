/** Decodes what came in: form, JSON or multipart; the token from the header or, for forms, the body. */
import type { IncomingMessage } from 'node:http';
import { isFields } from '../block-kit/rule.ts';

/** More than any method of this workspace needs; uploads have their own bound. */
export const requestBytes = 4 * 1024 * 1024;

/** @throws RangeError when the body is larger than `most` bytes */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new RangeError(`request body over ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface ReceivedCall {
  values: Record<string, unknown>;
  token: string | undefined;
  isTokenInHeader: boolean;
  isJson: boolean;
  /** Slack warns about these without refusing. */
  warning?: 'missing_charset' | 'superfluous_charset';
  /** Set when the body could not be read. */
  refusal?: 'invalid_json' | 'json_not_object' | 'invalid_post_type' | 'invalid_form_data';
}

export async function receiveCall(request: IncomingMessage, url: URL): Promise<ReceivedCall> {
  const header = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  // A token in the query string is not taken from apps created since 2021.
  const query = Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'token'));
  const body = await readBody(request, requestBytes);
  const received = (more: Partial<ReceivedCall>, token?: unknown): ReceivedCall => ({
    values: { ...query, ...more.values },
    token: header ?? (typeof token === 'string' && token !== '' ? token : undefined),
    isTokenInHeader: header !== undefined,
    isJson: false,
    ...(more.isJson ? { isJson: true } : {}),
    ...(more.warning ? { warning: more.warning } : {}),
    ...(more.refusal ? { refusal: more.refusal } : {}),
  });
  const contentType = request.headers['content-type'] ?? '';
  const kind = contentType.split(';')[0]?.trim().toLowerCase();
  const hasCharset = /;\s*charset=/i.test(contentType);
  if (request.method === 'GET' || body.length === 0) return received({});
  if (kind === 'application/json') {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body.toString('utf8'));
    } catch {
      return received({ isJson: true, refusal: 'invalid_json' });
    }
    if (!isFields(parsed)) return received({ isJson: true, refusal: 'json_not_object' });
    // With JSON the token counts in the header only.
    const { token: _ignored, ...values } = parsed;
    return received({ values, isJson: true, ...(hasCharset ? {} : { warning: 'missing_charset' as const }) });
  }
  if (kind === 'application/x-www-form-urlencoded') {
    const { token, ...values } = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
    return received({ values, ...(hasCharset ? { warning: 'superfluous_charset' as const } : {}) }, token);
  }
  if (kind === 'multipart/form-data') {
    try {
      const { token, ...values } = Object.fromEntries(await multipart(body, contentType));
      return received({ values }, token);
    } catch {
      return received({ refusal: 'invalid_form_data' });
    }
  }
  return received({ refusal: 'invalid_post_type' });
}

export function multipart(body: Buffer, contentType: string): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
}
