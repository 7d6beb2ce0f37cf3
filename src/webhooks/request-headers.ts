import type { IncomingMessage } from 'node:http';
import type { Secret } from '../core/secret.ts';
import type { RawDelivery } from './source-kind.ts';

type Headers = RawDelivery['headers'];

/** Names in lower case; a repeated header joined by `, `, those that Node would drop included. */
export function readHeaders(request: IncomingMessage): Headers {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(', ') ?? '']),
  );
}

const credentials = new Set(['authorization', 'proxy-authorization', 'cookie']);

/**
 * The headers that may be stored: a delivery is kept for days and can be looked at. What a source proves itself with
 * is found by its value, since its header has whatever name the operator chose.
 */
export function withoutCredentials(headers: Headers, secrets: readonly Secret[]): Headers {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, text]) => !credentials.has(name) && !values.some((value) => text.includes(value)),
    ),
  );
}
