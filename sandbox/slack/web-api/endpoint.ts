/** `/api/<method>`: token, scope, faults, rate limit, then the method; every call is recorded. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Core } from '../core.ts';
import { type CallFault, isAfterEffect } from '../faults.ts';
import { isMethod, type MethodName, methodTable } from '../method-table.ts';
import type { RecordedCall } from '../recorder.ts';
import { SlackRefusal } from '../refusal.ts';
import { Arguments } from './arguments.ts';
import { type ReceivedCall, receiveCall } from './body.ts';
import { type Call, type Methods, needScope } from './call.ts';

type Reply =
  | { status: number; headers?: Record<string, string>; body: Record<string, unknown> | string }
  | 'silence'
  | 'cut';

export function webApi(core: Core, methods: Methods) {
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    name: string,
  ): Promise<void> => {
    const reply = await core.pending.track(() => answer(core, methods, request, url, name));
    if (reply === 'cut') return void request.socket.destroy();
    if (reply === 'silence') return; // The socket stays open until the client gives up or the server stops.
    const isText = typeof reply.body === 'string';
    response.writeHead(reply.status, {
      'Content-Type': isText ? 'text/html' : 'application/json; charset=utf-8',
      'Cache-Control': 'private, no-cache, no-store, must-revalidate',
      ...reply.headers,
    });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  };
}

async function answer(
  core: Core,
  methods: Methods,
  request: IncomingMessage,
  url: URL,
  name: string,
): Promise<Reply> {
  const received = await receiveCall(request, url);
  const recorded: RecordedCall = {
    method: name,
    args: received.values,
    scopes: [],
    outcome: 'ok',
    at: core.clock.now(),
  };
  core.recorder.call(recorded);
  const record = (outcome: RecordedCall['outcome'], error: string) => {
    recorded.outcome = outcome;
    recorded.error = error;
  };
  const fault = core.faults.takeForCall(name);
  if (fault && !isAfterEffect(fault)) {
    record(fault === 'ratelimited' ? 'ratelimited' : 'fault', fault);
    return faultReply(fault);
  }
  const usedScopes = new Set<string>();
  try {
    if (!isMethod(name)) throw new SlackRefusal('unknown_method', { req_method: name });
    if (received.refusal) throw new SlackRefusal(received.refusal);
    const token = tokenKind(core, name, received);
    const scopes = scopesOf(core, token);
    const args = new Arguments(received.values);
    const wait = core.limits.take(name, conversationMeant(core, args.text('channel')));
    if (wait !== undefined) {
      record('ratelimited', 'ratelimited');
      return rateLimited(wait);
    }
    needScope({ scopes, usedScopes }, ...methodTable[name].scopes);
    const method = methods[name];
    if (!method) throw new SlackRefusal('unknown_method', { req_method: name });
    const call: Call = { core, args, scopes, usedScopes, token, isJson: received.isJson };
    const result = await method(call);
    if (fault) {
      record('fault', fault);
      return unanswered(fault);
    }
    const headers = {
      'x-oauth-scopes': scopes.join(','),
      'x-accepted-oauth-scopes': methodTable[name].scopes.join(','),
    };
    return { status: 200, headers, body: { ok: true, ...result, ...warned(received, result) } };
  } catch (error) {
    if (fault && error instanceof SlackRefusal) {
      record('fault', fault);
      return unanswered(fault);
    }
    if (error instanceof SlackRefusal) {
      record('error', error.error);
      const body = { ok: false, error: error.error, ...error.details, ...warned(received, error.details) };
      return { status: 200, headers: { 'x-oauth-scopes': core.manifest.scopes.join(',') }, body };
    }
    record('fault', 'internal_error');
    // The workspace itself is wrong: say so where the developer looks.
    console.error(`sandbox Slack: ${name} failed`, error);
    return { status: 200, body: { ok: false, error: 'internal_error' } };
  } finally {
    recorded.scopes = [...usedScopes];
  }
}

/** `#ops`, `C0OPS` and a person's id share the limit of the conversation they mean. */
function conversationMeant(core: Core, channel: string | undefined): string | undefined {
  if (channel === undefined) return undefined;
  return core.directory.directMessage(channel)?.id ?? core.directory.channelNamed(channel)?.id ?? channel;
}

function rateLimited(seconds: number): Reply {
  return {
    status: 429,
    headers: { 'Retry-After': String(seconds) },
    body: { ok: false, error: 'ratelimited' },
  };
}

function unanswered(fault: CallFault): Reply {
  return fault === 'cut_after_effect' ? 'cut' : 'silence';
}

function faultReply(fault: CallFault): Reply {
  if (fault === 'http_500') return { status: 500, body: '<html><body>Server Error</body></html>' };
  if (fault === 'ratelimited') return rateLimited(1);
  if (fault.startsWith('error:'))
    return { status: 200, body: { ok: false, error: fault.slice('error:'.length) } };
  return 'silence';
}

/** @throws SlackRefusal not_authed, invalid_auth, not_allowed_token_type */
function tokenKind(core: Core, name: MethodName, { token, isTokenInHeader }: ReceivedCall): Call['token'] {
  const { app } = core.directory;
  const needed = methodTable[name].token;
  if (needed === 'none') return 'none';
  // App-level tokens are taken from the header only.
  if (token === undefined || (needed === 'app' && !isTokenInHeader)) throw new SlackRefusal('not_authed');
  const kind = token === app.botToken ? 'bot' : token === app.appToken ? 'app' : undefined;
  if (!kind) throw new SlackRefusal('invalid_auth');
  if (core.directory.user(app.botUserId)?.isDeactivated) throw new SlackRefusal('account_inactive');
  if (needed !== 'any' && needed !== kind) throw new SlackRefusal('not_allowed_token_type');
  return kind;
}

/** App-level tokens carry their own scope; it is not in the manifest. */
function scopesOf(core: Core, token: Call['token']): readonly string[] {
  if (token === 'app') return ['connections:write'];
  return token === 'bot' ? core.manifest.scopes : [];
}

function warned(received: ReceivedCall, fields: Record<string, unknown>): Record<string, unknown> {
  if (!received.warning) return {};
  const metadata = (fields.response_metadata ?? {}) as Record<string, unknown>;
  return {
    warning: received.warning,
    response_metadata: { ...metadata, warnings: [received.warning] },
  };
}
