import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, type Call, type Endpoint, HttpProblem, type RmsState } from './endpoint.ts';
import { switchFaults } from './fault-switch.ts';
import type { Faults } from './faults.ts';
import { parseJson, readBody, sendJson } from './http.ts';
import type { ArrivedRequest, RequestLog } from './request-log.ts';
import { findRoute } from './routes.ts';

export interface ServiceParts {
  readonly endpoints: readonly Endpoint[];
  readonly token: string;
  readonly state: RmsState;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly now: () => Date;
  readonly onFault: (error: unknown, request: ArrivedRequest) => void;
}

/** Who holds the token; the audit log names it. */
const actor = 'svc:countersign';
const mostKeyCharacters = 255;

/** Answers the requests of one server of the RMS. */
export function createService(parts: ServiceParts) {
  const isHolder = bearerCheck(parts.token);

  async function answer(request: IncomingMessage, url: URL, entry: ArrivedRequest) {
    const raw = await readBody(request);
    const isAuthorized = isHolder(request.headers.authorization);
    if (url.pathname === '/faults' && isAuthorized) {
      return switchFaults(parts.faults, entry.method, entry.method === 'POST' ? parseJson(request, raw) : {});
    }
    const { endpoint, parameters } = routeFor(parts.endpoints, entry, isAuthorized);
    entry.endpoint = endpoint.name;
    return parts.faults.meet(endpoint.name, async () => {
      try {
        const call: Call = {
          endpoint: endpoint.name,
          parameters,
          query: Object.fromEntries(url.searchParams),
          body: endpoint.method === 'GET' ? undefined : parseJson(request, raw),
          bodySha256: sha256(raw),
          requestSha256: sha256(`${entry.method} ${url.pathname}${url.search}\n`, raw),
          idempotencyKey: usableKey(entry.idempotencyKey),
          correlationId: entry.correlationId,
          actor,
          at: parts.now(),
        };
        const made = await endpoint.answer(call, parts.state);
        entry.hadEffect = made.hadEffect === true;
        return made;
      } catch (error) {
        return problemAnswer(error, entry);
      }
    });
  }

  function problemAnswer(error: unknown, entry: ArrivedRequest): Answer {
    if (error instanceof HttpProblem) {
      return { status: error.status, body: { error: error.message }, headers: error.headers };
    }
    parts.onFault(error, entry);
    return { status: 500, body: { error: 'internal error' } };
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAtMilliseconds = performance.timeOrigin + performance.now();
    const url = URL.parse(request.url ?? '/', 'http://rms.invalid');
    const echoed = echoedIds(request);
    const entry: ArrivedRequest = {
      arrivedAtMilliseconds,
      method: request.method ?? '',
      path: url?.pathname ?? '',
      endpoint: undefined,
      idempotencyKey: oneHeader(request, 'idempotency-key'),
      correlationId: echoed['x-correlation-id'] ?? echoed['x-request-id'] ?? '',
      status: undefined,
      hadEffect: false,
    };
    if (entry.path !== '/faults') parts.requests.add(entry);
    let made: Answer | undefined;
    try {
      if (url === null) throw new HttpProblem(400, 'the request target cannot be read');
      made = await answer(request, url, entry);
    } catch (error) {
      // Whoever hung up before the request was whole is owed no answer.
      if (request.destroyed && !request.complete) return;
      made = problemAnswer(error, entry);
    }
    if (made === undefined) return void request.socket.destroy();
    entry.status = made.status;
    sendJson(response, made.status, made.body, { ...echoed, ...made.headers });
  };
}

/** Without the token nobody learns which paths there are. @throws HttpProblem 401, 404 or 405 */
function routeFor(endpoints: readonly Endpoint[], entry: ArrivedRequest, isAuthorized: boolean) {
  const reachable = isAuthorized ? endpoints : endpoints.filter(({ isOpen }) => isOpen === true);
  try {
    return findRoute(reachable, entry.method, entry.path);
  } catch (error) {
    if (isAuthorized) throw error;
    throw new HttpProblem(401, 'missing or unknown bearer token', { 'www-authenticate': 'Bearer' });
  }
}

/** Compares digests, which are of one length, so that time tells nothing about the token. */
function bearerCheck(token: string): (header: string | undefined) => boolean {
  const expected = createHash('sha256').update(token).digest();
  return (header) => {
    const given = /^Bearer ([^\s]+)$/i.exec(header ?? '')?.[1];
    return given !== undefined && timingSafeEqual(createHash('sha256').update(given).digest(), expected);
  };
}

/** Both ids as they came; a request without one is given one. */
function echoedIds(request: IncomingMessage): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const name of ['x-correlation-id', 'x-request-id']) {
    const given = oneHeader(request, name);
    if (given !== undefined && /^[\x21-\x7e]{1,200}$/.test(given)) ids[name] = given;
  }
  return Object.keys(ids).length > 0 ? ids : { 'x-request-id': randomUUID() };
}

/** @throws HttpProblem 400 */
function usableKey(key: string | undefined): string | undefined {
  if (key === undefined || (key.length > 0 && key.length <= mostKeyCharacters)) return key;
  throw new HttpProblem(400, `Idempotency-Key: must have 1 to ${mostKeyCharacters} characters`);
}

function oneHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function sha256(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
