import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Fault } from '../../../src/core/errors.ts';
import { createRedactor } from '../../../src/core/redact.ts';
import { Secret, Secrets } from '../../../src/core/secret.ts';
import { httpConfigSchema } from '../../../src/targets/http/http-config.ts';
import {
  type HttpClient,
  type HttpTarget,
  openHttpTarget,
  type RequestContext,
} from '../../../src/targets/http/http-target.ts';

export const token = new Secret('RMS_TOKEN', 'tok-3f9a1c77e2');

export interface LoggedCall {
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface OpenedClient {
  readonly http: HttpClient;
  readonly target: HttpTarget;
  readonly logged: readonly LoggedCall[];
  /** Moves the clock the circuit breaker reads. */
  advance(milliseconds: number): void;
}

/** The client of a target named rms, closed after the test. Short waits, no jitter; `settings` go over the defaults. */
export function openClient(
  baseUrl: string,
  settings: Record<string, unknown> = {},
  context: RequestContext = {},
): OpenedClient {
  const secrets = new Secrets();
  secrets.add(token);
  const redactor = createRedactor(secrets);
  const logged: LoggedCall[] = [];
  const write = (fields: object, message: string): void => {
    logged.push({ fields: fields as Record<string, unknown>, message });
  };
  let shift = 0;
  const target = openHttpTarget({
    target: { name: 'rms', environment: 'production' },
    http: httpConfigSchema.parse({ baseUrl, auth: { bearer: token }, retries: 0, ...settings }),
    redact: redactor.text,
    log: { debug: write, info: write },
    now: () => new Date(Date.now() + shift),
    random: () => 0,
  });
  onTestFinished(() => target.close());
  return {
    http: target.for(context),
    target,
    logged,
    advance: (milliseconds) => {
      shift += milliseconds;
    },
  };
}

export const statusShape = z.object({ status: z.string() });

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** How a read went wrong. */
export async function faultOf(reading: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await reading.then(
    () => new Error('It was answered.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  const { code, message } = error as Fault;
  return { code, message };
}
