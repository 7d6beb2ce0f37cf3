import type { StoredDelivery } from './hooks.ts';

export interface DeliveryWriter {
  /** Resolves once it is committed. `known`: the same delivery was stored before. Rejects when it cannot be written. */
  store(delivery: StoredDelivery): Promise<'stored' | 'known' | 'shed'>;
}

export interface DeliveryWriterOptions {
  /** Stores all of them or none; says of each whether it was new. */
  readonly write: (batch: readonly StoredDelivery[]) => Promise<readonly boolean[]>;
  /** Deliveries of a source that are stored and not processed yet, as last counted. */
  readonly waiting: (source: string) => number;
  readonly mostWaiting: (source: string) => number;
  readonly onStored: (source: string, isNew: boolean) => void;
  readonly onShed: (source: string) => void;
}

/** Of one commit. */
const mostTogether = 64;
const mostBytes = 16_000_000;

interface Waiting {
  readonly delivery: StoredDelivery;
  readonly resolve: (outcome: 'stored' | 'known') => void;
  readonly reject: (error: unknown) => void;
}

/** While one commit is on its way the next deliveries gather and share the following one: a storm costs few commits. */
export function deliveryWriter(options: DeliveryWriterOptions): DeliveryWriter {
  const queue: Waiting[] = [];
  /** Not committed yet: one source's storm must not shed what another sends. */
  const underWay = new Map<string, number>();
  const countUnderWay = (source: string, change: number) =>
    underWay.set(source, (underWay.get(source) ?? 0) + change);
  let isWriting = false;

  const drain = async (): Promise<void> => {
    isWriting = true;
    while (queue.length > 0) {
      const batch = queue.splice(0, together(queue));
      try {
        const fresh = await options.write(batch.map(({ delivery }) => delivery));
        for (const [index, { delivery, resolve }] of batch.entries()) {
          const isNew = fresh[index] ?? true;
          options.onStored(delivery.source, isNew);
          resolve(isNew ? 'stored' : 'known');
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      for (const { delivery } of batch) countUnderWay(delivery.source, -1);
    }
    isWriting = false;
  };

  return {
    store: (delivery) => {
      const { source } = delivery;
      if (options.waiting(source) + (underWay.get(source) ?? 0) >= options.mostWaiting(source)) {
        options.onShed(source);
        return Promise.resolve('shed');
      }
      countUnderWay(source, 1);
      return new Promise((resolve, reject) => {
        queue.push({ delivery, resolve, reject });
        if (!isWriting) void drain();
      });
    },
  };
}

function together(queue: readonly Waiting[]): number {
  let bytes = 0;
  for (const [index, { delivery }] of queue.slice(0, mostTogether).entries()) {
    bytes += delivery.delivery.body.length;
    if (bytes > mostBytes) return Math.max(1, index);
  }
  return Math.min(queue.length, mostTogether);
}
