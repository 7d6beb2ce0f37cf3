import { authorization } from './authorization.ts';
import type { HttpShared, RequestContext } from './http-target.ts';

/** Visible ASCII of a sane length: an id from outside must not become another header. */
const headerSafe = /^[\x21-\x7e]{1,200}$/;

export function callHeaders(shared: HttpShared, { correlationId }: RequestContext): Record<string, string> {
  const correlation =
    correlationId !== undefined && headerSafe.test(correlationId)
      ? { 'x-correlation-id': correlationId, 'x-request-id': correlationId }
      : {};
  return {
    accept: 'application/json',
    // What is compressed can grow without bound when it is read.
    'accept-encoding': 'identity',
    'user-agent': 'countersign',
    ...correlation,
    ...authorization(shared.http.auth),
  };
}
