import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './endpoint.ts';

export const faultNames = [
  /** Waits, then does what was asked; whoever gave up meanwhile is not noticed. */
  'slow',
  /** 500; nothing happens. */
  'error_before',
  /** It happens, and then 500. */
  'error_after',
  /** The connection is cut; nothing happens. */
  'cut_before',
  /** It happens, and then the connection is cut. */
  'cut_after',
  /** 409; nothing happens. */
  'conflict',
  /** It happens, and then 200 with an answer that has nothing of what was promised. */
  'wrong_shape',
  /** Neither an effect nor an answer, until the faults are cleared; then the connection is cut. */
  'hang',
  /** 503 with a failed check, as a service answers that has lost its database. */
  'not_ready',
] as const;
export type FaultName = (typeof faultNames)[number];

export interface FaultOrder {
  /** An endpoint's name; `*` stands for any characters. */
  readonly endpoint: string;
  readonly fault: FaultName;
  /** Default: until cleared or replaced. */
  readonly times?: number | undefined;
  /** Of `slow`. Default 2,000. */
  readonly delayMilliseconds?: number | undefined;
}

export type Moment = 'before_effect' | 'after_effect';

/** Stops the next request of an endpoint at one moment, once. */
export interface Hold {
  /** Resolves when a request stands there. */
  readonly reached: Promise<void>;
  /** Lets it go on, as a server does whose client is gone. */
  release(): void;
  /** Cuts its connection; before the effect, nothing happens. */
  drop(): void;
}

interface StandingHold {
  readonly endpoint: string;
  readonly when: Moment;
  readonly reach: () => void;
  readonly verdict: Promise<'go' | 'drop'>;
  readonly drop: () => void;
}

const usualDelayMilliseconds = 2_000;

/** Things that go wrong with the RMS, switched on by tests and by people at the demo. */
export class Faults {
  private orders: { readonly order: FaultOrder; left: number }[] = [];
  private readonly holds = new Set<StandingHold>();
  private readonly endpoints: readonly string[];
  private cleared = new AbortController();
  private readonly closed = new AbortController();

  constructor(endpoints: readonly string[]) {
    this.endpoints = endpoints;
  }

  /**
   * Replaces what was set for the same `endpoint`. Where several match, what was set first applies.
   * @throws RangeError when no endpoint matches: such a fault would never show
   */
  set(order: FaultOrder): void {
    this.known(order.endpoint);
    const { times = Number.POSITIVE_INFINITY } = order;
    if (!(times >= 1)) throw new RangeError(`A fault happens at least once, not ${times} times`);
    this.orders = this.orders.filter((standing) => standing.order.endpoint !== order.endpoint);
    this.orders.push({ order, left: times });
  }

  /** What is set, with the times that are left. */
  active(): FaultOrder[] {
    return this.orders.map(({ order, left }) => (Number.isFinite(left) ? { ...order, times: left } : order));
  }

  /** Whether this fault stands for the endpoint now. */
  stands(endpoint: string, fault: FaultName): boolean {
    return this.orders.find(({ order }) => matches(order.endpoint, endpoint))?.order.fault === fault;
  }

  /** Everything as usual again; what hangs is cut. Holds stay. */
  clear(): void {
    this.orders = [];
    this.cleared.abort();
    this.cleared = new AbortController();
  }

  /** @throws RangeError when no endpoint matches */
  hold({ endpoint, when }: { readonly endpoint: string; readonly when: Moment }): Hold {
    this.known(endpoint);
    const reached = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<'go' | 'drop'>();
    const hold: StandingHold = {
      endpoint,
      when,
      reach: reached.resolve,
      verdict: verdict.promise,
      drop: () => verdict.resolve('drop'),
    };
    this.holds.add(hold);
    // Decided before anything came: the hold is taken back.
    void verdict.promise.then(() => this.holds.delete(hold));
    return {
      reached: reached.promise,
      release: () => verdict.resolve('go'),
      drop: hold.drop,
    };
  }

  /** Cuts everything that waits here, and everything that would come to wait. */
  close(): void {
    this.closed.abort();
    this.clear();
    for (const hold of this.holds) hold.drop();
  }

  /** Answers as the faults will have it; undefined means: cut the connection. */
  async meet(endpoint: string, handle: () => Promise<Answer>): Promise<Answer | undefined> {
    const order = this.take(endpoint);
    if (order?.fault === 'error_before') return failure;
    if (order?.fault === 'conflict') return conflict;
    if (order?.fault === 'not_ready') return notReady;
    if (order?.fault === 'cut_before') return undefined;
    if (order?.fault === 'hang') return this.untilCleared();
    if (order?.fault === 'slow' && !(await this.delay(order))) return undefined;
    if (!(await this.pass(endpoint, 'before_effect'))) return undefined;
    const answer = await handle();
    if (!(await this.pass(endpoint, 'after_effect'))) return undefined;
    if (order?.fault === 'error_after') return failure;
    if (order?.fault === 'cut_after') return undefined;
    if (order?.fault === 'wrong_shape') return { status: 200, body: { result: 'ok' } };
    return answer;
  }

  private take(endpoint: string): FaultOrder | undefined {
    const standing = this.orders.find(({ order }) => matches(order.endpoint, endpoint));
    if (standing === undefined) return undefined;
    standing.left -= 1;
    if (standing.left <= 0) this.orders = this.orders.filter((other) => other !== standing);
    return standing.order;
  }

  private async delay({ delayMilliseconds = usualDelayMilliseconds }: FaultOrder): Promise<boolean> {
    const { signal } = this.closed;
    return pause(delayMilliseconds, true, { signal }).catch(() => false);
  }

  private async untilCleared(): Promise<undefined> {
    const { signal } = this.cleared;
    if (this.closed.signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  private async pass(endpoint: string, when: Moment): Promise<boolean> {
    const hold = [...this.holds].find((one) => one.when === when && matches(one.endpoint, endpoint));
    if (hold === undefined) return true;
    this.holds.delete(hold);
    hold.reach();
    const verdict = await Promise.race([hold.verdict, this.whenClosed()]);
    return verdict === 'go';
  }

  private whenClosed(): Promise<'drop'> {
    const { signal } = this.closed;
    return new Promise((resolve) => {
      if (signal.aborted) resolve('drop');
      else signal.addEventListener('abort', () => resolve('drop'), { once: true });
    });
  }

  private known(pattern: string): void {
    if (this.endpoints.some((endpoint) => matches(pattern, endpoint))) return;
    throw new RangeError(`No endpoint is named "${pattern}". There are: ${this.endpoints.join(', ')}`);
  }
}

const failure: Answer = { status: 500, body: { error: 'internal error' } };
const conflict: Answer = {
  status: 409,
  body: { error: 'it is being changed by somebody else, try again' },
};
const notReady: Answer = {
  status: 503,
  body: {
    status: 'unavailable',
    checks: { database: { status: 'down', error: 'connect ECONNREFUSED 10.0.4.17:5432' } },
  },
};

function matches(pattern: string, endpoint: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(endpoint);
}
