import { setTimeout as pause } from 'node:timers/promises';
import type { SampleDelivery } from './delivery.ts';

export interface PostOptions {
  /** The bot's own: `http://127.0.0.1:3000`. A function is asked before each attempt: a bot started again has another. */
  readonly origin: string | (() => string);
  readonly fetch?: typeof globalThis.fetch;
  /** Ends the waits between attempts. */
  readonly signal?: AbortSignal;
}

const timeoutMilliseconds = 10_000;
/** As Alertmanager does on 5xx and broken connections, with a shorter breath. */
const pausesMilliseconds = [200, 400, 800, 1_600, 3_200, 3_200, 3_200];

/** A source was told no, in the bot's own words. */
export class DeliveryRefused extends Error {
  readonly status: number;

  constructor({ source, path }: SampleDelivery, status: number, answer: string) {
    // The last part of a path may be a secret.
    const where = path.split('/').slice(0, 3).join('/');
    super(
      `The bot answered ${status} to ${source} at ${where}: ${answer.trim().slice(0, 300) || 'no reason'}`,
    );
    this.name = new.target.name;
    this.status = status;
  }
}

/**
 * Posts the lists side by side and each in its order.
 * @throws DeliveryRefused for a 4xx, or when 5xx goes on; Error when the bot cannot be reached
 */
export async function postDeliveries(
  lists: readonly (readonly SampleDelivery[])[],
  options: PostOptions,
): Promise<void> {
  await Promise.all(
    lists.map(async (list) => {
      for (const delivery of list) await post(delivery, options);
    }),
  );
}

async function post(delivery: SampleDelivery, options: PostOptions): Promise<void> {
  let lastProblem: unknown;
  for (const wait of [0, ...pausesMilliseconds]) {
    if (wait > 0) await pause(wait, undefined, options.signal ? { signal: options.signal } : {});
    let answer: { status: number; text: string };
    try {
      answer = await attempt(delivery, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      lastProblem = new Error(`The bot cannot be reached at ${originOf(options)}`, { cause: error });
      continue;
    }
    const { status, text } = answer;
    if (status >= 200 && status < 300) return;
    const refused = new DeliveryRefused(delivery, status, text);
    if (status !== 429 && status < 500) {
      if (delivery.mayBeRefused === true) return;
      throw refused;
    }
    lastProblem = refused;
  }
  throw lastProblem;
}

function originOf({ origin }: Pick<PostOptions, 'origin'>): string {
  return typeof origin === 'string' ? origin : origin();
}

async function attempt(
  { path, headers, body }: SampleDelivery,
  { origin, fetch = globalThis.fetch, signal }: PostOptions,
): Promise<{ status: number; text: string }> {
  const patience = AbortSignal.timeout(timeoutMilliseconds);
  const response = await fetch(originOf({ origin }) + path, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  return { status: response.status, text: await response.text() };
}
