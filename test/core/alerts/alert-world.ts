/** One workspace's alerts on a real database, as sources, people, processes and the clock leave them. */
import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { act } from '../../../src/core/alerts/act.ts';
import type { AlertContext } from '../../../src/core/alerts/alert-context.ts';
import type { AlertAct } from '../../../src/core/alerts/alert-request.ts';
import type { AlertStore, NewSilence } from '../../../src/core/alerts/alert-store.ts';
import { announcements, publish } from '../../../src/core/alerts/announce.ts';
import type { GroupReply, Member, StoredGroup } from '../../../src/core/alerts/group.ts';
import { processDeliveries } from '../../../src/core/alerts/process-deliveries.ts';
import type { ParsedDelivery, Signal } from '../../../src/core/alerts/signal.ts';
import { beginSilence, endSilence, silenceEnds } from '../../../src/core/alerts/silences.ts';
import { groupTimer } from '../../../src/core/alerts/timers.ts';
import type { Membership } from '../../../src/core/policy/membership.ts';
import { storeDeliveries } from '../../../src/postgres/alerts/deliveries.ts';
import { type GroupRow, groupFromRow, newestMembers } from '../../../src/postgres/alerts/groups.ts';
import { countedSilences } from '../../../src/postgres/alerts/silences.ts';
import { postgresAlertStore } from '../../../src/postgres/alerts/store.ts';
import { guardedWorkspace, type ShownMessage } from '../change/guarded-workspace.ts';
import { person } from '../policy/policy-fixture.ts';
import { type AlertWorldSettings, alertSettings, onCallNow } from './alert-world-settings.ts';
import { shiftTimes } from './shift-times.ts';

/** A delivery in the test's own words; times are minutes since the world began. */
export interface TestDelivery {
  readonly source?: string;
  readonly signals?: readonly TestSignal[];
  readonly deliveryId?: string;
  readonly event?: string;
  readonly isKnown?: boolean;
  readonly isAlive?: boolean;
  readonly truncated?: number;
  readonly sentMinutes?: number;
  /** Cannot be parsed. */
  readonly isBroken?: boolean;
}

export type TestSignal = Partial<Omit<Signal, 'startsAt' | 'endsAt'>> & { readonly startMinutes?: number };

export interface Reply {
  readonly content: { readonly reply: GroupReply; readonly mentions: readonly unknown[] };
}

export const responder = 'U0ADA';
export const stranger = 'U0EVE';

const accounts: Membership = {
  person: async (id) => ({ isReadable: true, value: person(id), readAt: new Date() }),
  group: async () => ({ isReadable: true, value: [], readAt: new Date() }),
};

export function alertWorld(
  pool: pg.Pool,
  given: { settings?: AlertWorldSettings; membership?: Membership } = {},
) {
  const workspace = guardedWorkspace(pool);
  const { workspaceId, rows } = workspace;
  const began = Date.now();
  let passedMilliseconds = 0;
  let settings = alertSettings(given.settings);
  let groups = 0;
  const faults: unknown[] = [];

  const at = (minutes: number) => new Date(began + minutes * 60_000 - passedMilliseconds);
  const storeOf = (processId: string): AlertStore =>
    postgresAlertStore({ pool, workspaceId, processId, now: () => new Date(), onWanted: () => undefined });
  const contextOf = (store: AlertStore): AlertContext => ({
    store,
    settings: () => settings,
    membership: given.membership ?? accounts,
    parse: ({ body }) => parsed(JSON.parse(body.toString()) as TestDelivery, at),
    get listeningSince() {
      return at(0);
    },
    newGroupId: () => {
      groups += 1;
      return `g-${String(groups).padStart(4, '0')}`;
    },
    newIncidentId: () => `i-${randomUUID().slice(0, 8)}`,
    targets: () => [],
    onFault: (error) => faults.push(error),
  });
  const context = contextOf(storeOf('p0'));
  const other = contextOf(storeOf('p1'));
  const contexts = [context, other] as const;

  const currentGroups = async (): Promise<StoredGroup[]> =>
    (await rows<GroupRow>('SELECT * FROM countersign.alert_groups WHERE workspace_id = $1 ORDER BY id')).map(
      groupFromRow,
    );

  return {
    ...workspace,
    pool,
    context,
    contexts,
    contextOf,
    storeOf,
    faults,
    at,
    set: (changes: AlertWorldSettings): void => {
      settings = alertSettings({ ...given.settings, ...changes });
    },
    /** Stores deliveries, in one commit, and leaves them to be processed. @returns whether each was new. */
    deliver: (...deliveries: TestDelivery[]): Promise<boolean[]> =>
      storeDeliveries(
        pool,
        workspaceId,
        deliveries.map((delivery) => {
          const body = Buffer.from(JSON.stringify(delivery));
          return {
            source: delivery.source ?? 'alertmanager',
            deliveryId: delivery.deliveryId,
            bodyHash: createHash('sha256').update(body).digest(),
            method: 'POST',
            headers: {},
            body,
          };
        }),
      ),
    processAll: async (by = 0): Promise<number> => {
      let all = 0;
      for (;;) {
        const took = await processDeliveries(contexts[by % 2]!);
        all += took;
        if (took === 0) return all;
      }
    },
    /** Stores and processes. */
    hear: async (...deliveries: TestDelivery[]): Promise<void> => {
      for (const delivery of deliveries) {
        await storeDeliveries(pool, workspaceId, [
          {
            source: delivery.source ?? 'alertmanager',
            deliveryId: delivery.deliveryId,
            bodyHash: Buffer.alloc(32),
            method: 'POST',
            headers: {},
            body: Buffer.from(JSON.stringify(delivery)),
          },
        ]);
        await processDeliveries(context);
      }
    },
    /** @returns what the person was answered; undefined: nothing, the card says it. */
    act: async (
      groupId: string,
      wish: AlertAct,
      changes: { who?: string; by?: number; key?: string } = {},
    ): Promise<string | undefined> => {
      const { who = responder, by = 0 } = changes;
      const request = {
        kind: 'alert_action',
        groupId,
        act: wish,
        requester: who,
        via: 'button',
        origin: { channelId: 'C0ALERTS' },
      } as const;
      const key = changes.key ?? (await workspace.store(request, 'p0'));
      const entry = { workspaceId, key, correlationId: `c-${key}`, needsWork: true, request };
      await act(entry, request, contexts[by % 2]!);
      return workspace.answer(key);
    },
    silence: (changes: Partial<NewSilence> = {}, by = 0): Promise<number> =>
      contexts[by % 2]!.store.transaction(async (transaction) => {
        const out = announcements();
        const { id } = await beginSilence(
          { group: undefined, match: {}, owner: responder, reason: 'deploying', minutes: 60, ...changes },
          { actor: responder, via: 'slash' },
          out,
          transaction,
        );
        publish(out, transaction);
        return id;
      }),
    endSilence: (id: number, by = 0): Promise<boolean> =>
      contexts[by % 2]!.store.transaction((transaction) =>
        endSilence(id, { actor: responder, via: 'slash' }, contexts[by % 2]!, transaction),
      ),
    /** Every stored time moves back, so that this much has passed. */
    pass: async (minutes: number): Promise<void> => {
      passedMilliseconds += minutes * 60_000;
      await shiftTimes(pool, workspaceId, minutes);
    },
    /** Does what is due, the earliest first, as workers do. @returns the names of the tasks. */
    work: async (by = 0): Promise<string[]> => {
      const done: string[] = [];
      for (;;) {
        const [job] = await rows<{ task: string; payload: { groupId: string; silenceId: number } }>(
          `DELETE FROM graphile_worker._private_jobs AS job USING graphile_worker._private_tasks AS task
           WHERE task.id = job.task_id AND job.id = (
             SELECT id FROM graphile_worker._private_jobs WHERE payload->>'workspaceId' = $1
               AND run_at <= clock_timestamp() ORDER BY run_at, id LIMIT 1)
           RETURNING split_part(task.identifier, ':', 1) AS task, job.payload`,
        );
        if (job === undefined) return done;
        done.push(job.task);
        const { groupId, silenceId } = job.payload;
        const mine = contexts[by % 2]!;
        if (job.task === 'silence_ends') await silenceEnds(silenceId, mine);
        else if (job.task !== 'page') await groupTimer(job.task as 'quiet', groupId, mine);
      }
    },
    groups: currentGroups,
    /** The newest group. */
    group: async (): Promise<StoredGroup> => {
      const all = await currentGroups();
      const newest = all.at(-1);
      if (newest === undefined) throw new Error('There is no group');
      return newest;
    },
    members: (groupId: string): Promise<Member[]> => newestMembers(pool, workspaceId, groupId, 1000),
    /** What was asked for about a group besides its card, in order. */
    replies: async (groupId: string): Promise<Reply['content'][]> =>
      (await workspace.messages())
        .filter(({ id }) => id.startsWith(`group:${groupId}:reply:`))
        .sort((one, two) => Number(one.id.split(':')[3]) - Number(two.id.split(':')[3]))
        .map(({ content }) => content as unknown as Reply['content']),
    card: async (groupId: string): Promise<ShownMessage | undefined> =>
      (await workspace.messages()).find(({ id }) => id === `group:${groupId}:card`),
    pages: async (groupId: string): Promise<string[]> =>
      (
        await rows<{ action: string }>(
          'SELECT action FROM countersign.pages WHERE workspace_id = $1 AND group_id = $2 ORDER BY id',
          groupId,
        )
      ).map(({ action }) => action),
    /** Entries of the ledger about a group. */
    said: async (groupId: string, kind: string): Promise<Record<string, unknown>[]> =>
      (await workspace.ledger())
        .filter((entry) => entry.kind === kind && entry.facts.group === groupId)
        .map(({ facts }) => facts),
    silences: () => countedSilences(pool, workspaceId),
  };
}

export type AlertWorld = ReturnType<typeof alertWorld>;
export { onCallNow };

function parsed(delivery: TestDelivery, at: (minutes: number) => Date): ParsedDelivery {
  if (delivery.isBroken === true) throw new Error('the body is not what the source documents');
  const { event = 'firing', isKnown = true, signals = [], sentMinutes, truncated, isAlive } = delivery;
  return {
    event,
    isKnown,
    signals: signals.map(({ startMinutes, ...signal }) => ({
      status: 'firing',
      groupKey: 'checkout',
      fingerprint: 'one',
      severity: 'warning',
      title: 'Checkout is slow',
      labels: {},
      links: [],
      ...signal,
      startsAt: startMinutes === undefined ? undefined : at(startMinutes),
    })),
    truncated,
    isAlive,
    sentAt: sentMinutes === undefined ? undefined : at(sentMinutes),
  };
}
