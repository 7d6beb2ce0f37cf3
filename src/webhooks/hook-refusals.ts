import type { ServerResponse } from 'node:http';
import { send } from '../http/server.ts';
import { deepestNesting, type JsonReading } from './json-body.ts';

/** The queue is worked off at hundreds a second; sooner than this there would be no more room than now. */
const retryShedSeconds = 30;
/** A database that fails over is back within seconds. */
const retryUnstoredSeconds = 5;

/**
 * An answer that is no 2xx. The message is for whoever set the sender up: what happened, to what, what to do next. It says
 * nothing of a secret and quotes no body.
 */
export class HookRefused extends Error {
  readonly status: number;
  readonly code: string;
  /** For our own count. */
  readonly why: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { why?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.why = more.why ?? code;
    this.headers = more.headers ?? {};
  }

  answer(response: ServerResponse): void {
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
    send(response, this.status, { error: this.code, message: this.message });
  }
}

/** The same for a path that is none and for a name nobody configured, whatever stands behind it. */
export function unknownSource(): HookRefused {
  return new HookRefused(
    404,
    'unknown_source',
    'There is no such source. Compare the address with the names under "alerts.sources"',
  );
}

export function wrongMethod(source: string, methods: readonly string[]): HookRefused {
  return new HookRefused(405, 'method_not_allowed', `"${source}" takes ${methods.join(' or ')}`, {
    headers: { allow: methods.join(', ') },
  });
}

export function tooLarge(source: string, limitBytes: number): HookRefused {
  return new HookRefused(
    413,
    'too_large',
    `"${source}" takes at most ${limitBytes} bytes. Send less at once, or raise "alerts.sources.${source}.limits"`,
  );
}

export function wrongContentType(source: string, accepted: readonly string[]): HookRefused {
  return new HookRefused(
    415,
    'unsupported_content_type',
    `"${source}" takes ${accepted.join(' or ')}. Set the header Content-Type at the sender`,
  );
}

export function wrongEncoding(source: string): HookRefused {
  return new HookRefused(
    415,
    'unsupported_encoding',
    `"${source}" takes no compressed bodies. Turn Content-Encoding off at the sender`,
  );
}

/** @param why for our count alone: what exactly was wrong would help whoever tries. */
export function unproven(source: string, why: string): HookRefused {
  return new HookRefused(
    401,
    'not_proven',
    `This does not prove that it comes from "${source}". Compare the secrets of the sender and of "alerts.sources.${source}"`,
    { why },
  );
}

export function tooMany(
  source: string,
  status: number,
  perMinute: number,
  waitMilliseconds: number,
): HookRefused {
  const seconds = Math.max(1, Math.ceil(waitMilliseconds / 1000));
  return new HookRefused(
    status,
    'too_many',
    `"${source}" sends more than ${perMinute} deliveries a minute. Send it again in ${seconds} s, or group more at the sender`,
    { headers: { 'retry-after': String(seconds) } },
  );
}

export function unreadableBody(
  source: string,
  reading: Exclude<JsonReading, { readonly json: unknown }>,
): HookRefused {
  const about = `The body for "${source}"`;
  switch (reading.problem) {
    case 'not_utf8':
      return new HookRefused(400, 'not_utf8', `${about} is not UTF-8. Send JSON in UTF-8`);
    case 'too_deep':
      return new HookRefused(
        400,
        'too_deep',
        `${about} nests deeper than ${deepestNesting} levels. Send it flatter`,
      );
    case 'not_json':
      return new HookRefused(
        400,
        'not_json',
        `${about} is not JSON: ${reading.where}. Compare the sender's template`,
      );
  }
}

/** @param sentence the kind's own, about what it expected. */
export function unreadable(source: string, sentence: string): HookRefused {
  return new HookRefused(400, 'unreadable', `The body for "${source}" cannot be read: ${sentence}`, {
    why: `unreadable: ${sentence}`,
  });
}

export function shed(source: string): HookRefused {
  return new HookRefused(
    503,
    'shed',
    `Too many deliveries of "${source}" wait to be processed, so this one was not stored. Send it again in ${retryShedSeconds} s`,
    { headers: { 'retry-after': String(retryShedSeconds) } },
  );
}

export function unstored(source: string): HookRefused {
  return new HookRefused(
    503,
    'not_stored',
    `The delivery of "${source}" could not be stored in time. Send it again in ${retryUnstoredSeconds} s`,
    { headers: { 'retry-after': String(retryUnstoredSeconds) } },
  );
}
