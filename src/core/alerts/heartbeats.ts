import { type AlertContext, ownSource } from './alert-context.ts';
import { apply } from './process-deliveries.ts';
import type { Signal } from './signal.ts';

/** A source that should speak and does not is an alert itself; its next delivery resolves it. */
export async function watchHeartbeats(context: AlertContext): Promise<void> {
  const { sources } = context.settings().alerts;
  const expected = Object.entries(sources).flatMap(([source, { expectEveryMinutes: minutes }]) =>
    minutes === undefined ? [] : [{ source, minutes }],
  );
  if (expected.length === 0) return;
  await context.store.transaction(async (transaction) => {
    const changed = await transaction.manySilent(expected, context.listeningSince);
    if (changed.length === 0) return;
    const signals = changed.map(({ source, lastSeenAt, isSilent }): Signal => {
      transaction.markSilent(source, isSilent);
      const minutes = expected.find((one) => one.source === source)?.minutes ?? 0;
      return {
        status: isSilent ? 'firing' : 'resolved',
        groupKey: `silent/${source}`,
        fingerprint: 'silent',
        severity: sources[source]?.silenceSeverity ?? 'high',
        title: `${source} has fallen silent`,
        summary: `Nothing came for ${spoken(minutes)}; alerts from there would not be seen`,
        service: source,
        labels: { source, kind: sources[source]?.kind ?? '' },
        links: [],
        startsAt: isSilent ? lastSeenAt : undefined,
      };
    });
    const own = { source: ownSource, at: transaction.now, deliveryId: undefined, parsed: { signals } };
    (await apply([own], context, transaction)).publish();
  });
}

/** Deliveries were refused because too many wait: said once, and over once they are taken again. */
export async function tellOfShedding(
  source: string,
  isShedding: boolean,
  context: AlertContext,
): Promise<void> {
  await context.store.transaction(async (transaction) => {
    const signal: Signal = {
      status: isShedding ? 'firing' : 'resolved',
      groupKey: `shedding/${source}`,
      fingerprint: 'shedding',
      severity: 'high',
      title: `${source} sends more than can be kept`,
      summary:
        'Deliveries are answered 503 until those that wait are processed; what is not sent again is lost',
      service: source,
      labels: { source },
      links: [],
    };
    const own = {
      source: ownSource,
      at: transaction.now,
      deliveryId: undefined,
      parsed: { signals: [signal] },
    };
    (await apply([own], context, transaction)).publish();
  });
}

function spoken(minutes: number): string {
  if (minutes < 1) return `${Math.round(minutes * 60)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
