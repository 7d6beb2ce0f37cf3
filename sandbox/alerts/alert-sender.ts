import { randomUUID } from 'node:crypto';
import { nearest } from '../../src/core/parse/nearest.ts';
import type { SampleSecrets } from './delivery.ts';
import { hostile } from './hostile.ts';
import {
  checkoutErrors,
  diskFilling,
  emailFailures,
  emailOutage,
  shopDown,
  slowCheckout,
  watchdog,
} from './monitoring-samples.ts';
import { postDeliveries } from './post-deliveries.ts';
import type { Episode, Sample } from './sample.ts';
import { storm } from './storm.ts';

const samples: Readonly<Record<string, Sample>> = {
  'checkout-errors': checkoutErrors,
  'disk-filling': diskFilling,
  'slow-checkout': slowCheckout,
  'email-failures': emailFailures,
  'email-outage': emailOutage,
  'shop-down': shopDown,
  storm,
  hostile,
  watchdog,
};

export interface AlertSenderOptions {
  /** The bot's own address, asked for each time: the bot may start later than its sources. */
  readonly origin: () => string;
  readonly secrets: SampleSecrets;
  readonly now?: () => Date;
  readonly fetch?: typeof globalThis.fetch;
}

/** Monitoring that can be told what to notice. It remembers what it has sent, as a source does. */
export interface AlertSender {
  /** Everything `send` takes. */
  readonly names: readonly string[];
  /** Why `sample` cannot be sent, as a sentence; undefined when it can. */
  problemWith(sample: string): string | undefined;
  /**
   * `checkout-errors`; `worse disk-filling`; `resolve disk-filling`; `resolve all` of what fires; `silent`: the periodic
   * sign of life stops, until `watchdog`.
   *
   * @returns when the bot has taken everything
   * @throws Error with the sentence of `problemWith`, or what the bot said
   */
  send(sample: string): Promise<void>;
  /** A sign of life now, and from then on; what fails is tried again the next time. */
  startWatchdog(everyMilliseconds: number): Promise<void>;
  stop(): void;
}

interface Fired {
  readonly episode: Episode;
  readonly isWorseSent: boolean;
}

export function createAlertSender(options: AlertSenderOptions): AlertSender {
  const { secrets, now = () => new Date() } = options;
  const firing = new Map<string, Fired>();
  const stopping = new AbortController();
  let beat: NodeJS.Timeout | undefined;
  let lastBeat: Promise<void> = Promise.resolve();
  let beatMilliseconds: number | undefined;

  const names = [
    ...Object.keys(samples),
    ...Object.keys(samples).flatMap((name) =>
      samples[name]!.canBecomeWorse === true ? [`worse ${name}`] : [],
    ),
    ...Object.keys(samples).flatMap((name) =>
      samples[name]!.canResolve === false ? [] : [`resolve ${name}`],
    ),
    'resolve all',
    'silent',
  ];

  function problemWith(sample: string): string | undefined {
    if (names.includes(sample)) return undefined;
    const [verb, of = ''] = sample.split(' ');
    if (verb === 'worse' && Object.hasOwn(samples, of))
      return `"${of}" cannot become worse; ${worsening()} can`;
    if (verb === 'resolve' && Object.hasOwn(samples, of)) return `its source never says that "${of}" is over`;
    const [near] = nearest(sample, names, 1);
    const hint = near === undefined ? 't' : `did you mean "${near}"? T`;
    return `there is no sample "${sample}"; ${hint}here are ${names.join(', ')}`;
  }

  const worsening = () =>
    names
      .filter((name) => name.startsWith('worse '))
      .map((name) => `"${name.slice('worse '.length)}"`)
      .join(', ');

  async function post(name: string, how: { episode: Episode; isRepeat: boolean; isOver: boolean }) {
    const lists = samples[name]!.deliveries({
      now: now(),
      ...how,
      secrets,
      newId: () => `ntf_${randomUUID().replaceAll('-', '').slice(0, 10)}`,
    });
    const { fetch } = options;
    await postDeliveries(lists, {
      origin: options.origin,
      signal: stopping.signal,
      ...(fetch ? { fetch } : {}),
    });
  }

  async function fire(name: string, isToWorsen: boolean): Promise<void> {
    const before = firing.get(name);
    const at = now();
    const episode: Episode = {
      startedAt: before?.episode.startedAt ?? at,
      worseAt: before?.episode.worseAt ?? (isToWorsen ? at : undefined),
    };
    const isRepeat = before !== undefined && before.isWorseSent === (episode.worseAt !== undefined);
    firing.set(name, { episode, isWorseSent: episode.worseAt !== undefined });
    await post(name, { episode, isRepeat, isOver: false });
  }

  async function resolve(name: string): Promise<void> {
    // Nothing fired since this process began: its source may still remember an earlier one.
    const episode = firing.get(name)?.episode ?? { startedAt: now() };
    firing.delete(name);
    await post(name, { episode, isRepeat: false, isOver: true });
  }

  async function resolveAll(): Promise<void> {
    const open = [...firing.keys()].filter((name) => samples[name]!.canResolve !== false);
    if (open.length === 0) throw new Error('nothing that was sent fires any more');
    await Promise.all(open.map(resolve));
  }

  function keepBeating(everyMilliseconds: number): void {
    beatMilliseconds = everyMilliseconds;
    clearInterval(beat);
    // A bot that is away now is told the next time; unheard, that would be the alert.
    beat = setInterval(() => {
      lastBeat = fire('watchdog', false).catch(() => undefined);
    }, everyMilliseconds);
    beat.unref();
  }

  return {
    names,
    problemWith,
    async send(sample) {
      const problem = problemWith(sample);
      if (problem !== undefined) throw new Error(problem);
      const [verb = '', of] = sample.split(' ');
      if (sample === 'silent') {
        clearInterval(beat);
        return lastBeat;
      }
      if (sample === 'resolve all') return resolveAll();
      if (verb === 'resolve') return resolve(of!);
      if (sample === 'watchdog' && beatMilliseconds !== undefined) keepBeating(beatMilliseconds);
      return verb === 'worse' ? fire(of!, true) : fire(sample, false);
    },
    async startWatchdog(everyMilliseconds) {
      keepBeating(everyMilliseconds);
      await fire('watchdog', false);
    },
    stop() {
      clearInterval(beat);
      stopping.abort();
    },
  };
}

/**
 * One sample, once, to a bot that is up.
 *
 * @example await sendAlerts({ url: 'http://127.0.0.1:3000', secrets, sample: 'checkout-errors' });
 */
export async function sendAlerts(options: {
  readonly url: string;
  readonly secrets: SampleSecrets;
  readonly sample: string;
}): Promise<void> {
  const sender = createAlertSender({ origin: () => options.url, secrets: options.secrets });
  await sender.send(options.sample);
}
