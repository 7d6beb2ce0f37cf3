/** `POST /response/<team>/<key>` */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerPerson } from './answering.ts';
import { isFields } from './block-kit/rule.ts';
import type { Core } from './core.ts';
import type { RecordedCall } from './recorder.ts';
import { SlackRefusal } from './refusal.ts';
import { readBody, requestBytes } from './web-api/body.ts';

/** What faults and the recorder call it; not a Web API method. */
export const responseUrlMethod = 'response_url';

export async function respond(
  core: Core,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const send = (status: number, body: Record<string, unknown>) => {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  };
  const body = await readBody(request, requestBytes);
  let fields: unknown;
  try {
    fields = JSON.parse(body.toString('utf8'));
  } catch {
    return send(400, { ok: false, error: 'invalid_payload' });
  }
  if (request.method !== 'POST' || !isFields(fields))
    return send(400, { ok: false, error: 'invalid_payload' });
  const recorded: RecordedCall = {
    method: responseUrlMethod,
    args: fields,
    scopes: [],
    outcome: 'ok',
    at: core.clock.now(),
  };
  core.recorder.call(recorded);
  const fault = core.faults.takeForCall(responseUrlMethod);
  if (fault && fault !== 'timeout_after_effect') {
    Object.assign(recorded, { outcome: 'fault', error: fault });
    if (fault === 'timeout_before_effect') return;
    if (fault === 'ratelimited') response.setHeader('Retry-After', '1');
    const status = fault === 'http_500' ? 500 : fault === 'ratelimited' ? 429 : 400;
    return send(status, { ok: false, error: fault.replace(/^error:/, '') });
  }
  const to = core.responseUrls.use(url.pathname);
  if (typeof to === 'string') {
    Object.assign(recorded, { outcome: 'error', error: to });
    return send(404, { ok: false, error: to });
  }
  try {
    const shown = answerPerson(core, to, fields);
    if (shown) core.responseUrls.setOriginal(url.pathname, shown);
    if (fault) Object.assign(recorded, { outcome: 'fault', error: fault });
    else send(200, { ok: true });
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    Object.assign(recorded, { outcome: 'error', error: error.error });
    send(400, { ok: false, error: error.error, ...error.details });
  }
}
