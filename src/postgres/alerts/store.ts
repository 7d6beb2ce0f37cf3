import type { ClientBase, Pool } from 'pg';
import type { AlertStore, AlertTransaction } from '../../core/alerts/alert-store.ts';
import { Unprocessable } from '../../core/alerts/unprocessable.ts';
import { Superseded } from '../../core/store.ts';
import { takeInboxEntry } from '../inbox.ts';
import { incidentPart } from '../incidents/part.ts';
import { addJob } from '../jobs.ts';
import { wantMessage } from '../messages.ts';
import { recorder } from '../recorder.ts';
import { type Along, inTransaction } from '../transaction.ts';
import { endDeliveries, maybeDelivery, takeDeliveries } from './deliveries.ts';
import { countOpened, insertDigest, maybeDigest, touchDigest } from './digests.ts';
import {
  addSample,
  manyGroups,
  manyGroupsOf,
  manyMembers,
  maybeGroup,
  resolveMembers,
  saveGroups,
  saveMembers,
} from './groups.ts';
import { insertPage } from './pages.ts';
import {
  countHidden,
  endSilence,
  insertSilence,
  manySilences,
  maybeSilence,
  maybeSilenceOf,
} from './silences.ts';
import { countSourceEvents, heardFrom, manySilent, markSilent } from './sources.ts';

export interface PostgresAlertStoreOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  /** Whose messages they are for as long as it lives. */
  readonly processId: string;
  readonly now: () => Date;
  /** Called after each commit that asked for messages. */
  readonly onWanted: (messageIds: readonly string[]) => void;
}

/** {@link AlertStore} on PostgreSQL for one workspace. */
export function postgresAlertStore(options: PostgresAlertStoreOptions): AlertStore {
  const { pool, workspaceId } = options;
  return {
    workspaceId,
    transaction: async (decide) => {
      const wanted: string[] = [];
      const result = await inTransaction(pool, async (client, along) =>
        decide(bind(client, along, await lockAlerts(client, workspaceId), wanted, options)),
      ).catch((error: Error & { code?: unknown }) => {
        // Raised by `countersign.expect_one`.
        if (error.code === 'CS001') throw new Superseded('somebody else decided first');
        throw isAboutValues(error.code) ? new Unprocessable(error) : error;
      });
      if (wanted.length > 0) options.onWanted(wanted);
      return result;
    },
  };
}

/** Data exceptions, broken constraints, limits of the program: PostgreSQL's documentation, appendix A, classes 22, 23, 54. */
function isAboutValues(code: unknown): boolean {
  return typeof code === 'string' && /^(22|23|54)/.test(code);
}

/** One decision about alerts at a time: what came first is understood first, in whatever process. */
async function lockAlerts(client: ClientBase, workspaceId: string): Promise<Date> {
  const [, { rows }] = await Promise.all([
    client.query(`SELECT pg_advisory_xact_lock(hashtext('countersign alerts ' || $1::text))`, [workspaceId]),
    // A statement of its own: its time is taken once the lock is held.
    client.query<{ now: Date }>('SELECT clock_timestamp() AS now'),
  ]);
  return rows[0]!.now;
}

function bind(
  client: ClientBase,
  along: Along,
  now: Date,
  wanted: string[],
  options: PostgresAlertStoreOptions,
): AlertTransaction {
  const { workspaceId, processId } = options;
  const addTimer = (task: string, about: Record<string, string | number>, name: string, at?: Date) =>
    along(
      addJob(
        client,
        `${task}:${workspaceId}`,
        { workspaceId, ...about },
        { key: `${task}:${workspaceId}:${name}`, ...(at === undefined ? {} : { at }) },
      ),
    );
  const want: AlertTransaction['want'] = (message) => {
    wanted.push(message.id);
    along(wantMessage(client, workspaceId, message, processId));
  };
  return {
    now,
    incidents: incidentPart(client, along, workspaceId),
    takeDeliveries: (count, bytes) => takeDeliveries(client, workspaceId, count, bytes),
    maybeDelivery: (id) => maybeDelivery(client, workspaceId, id),
    endDeliveries: (ids) => along(endDeliveries(client, workspaceId, ids)),
    refuseDelivery: (id, problem) => along(endDeliveries(client, workspaceId, [id], problem)),
    manyGroups: (keys) => manyGroups(client, workspaceId, keys),
    maybeGroup: (id) => maybeGroup(client, workspaceId, id),
    manyGroupsOf: (what) => manyGroupsOf(client, workspaceId, what),
    manyMembers: (keys) => manyMembers(client, workspaceId, keys),
    resolveMembers: (groupId, at) => along(resolveMembers(client, workspaceId, groupId, at)),
    saveGroups: (groups) => along(saveGroups(client, groups)),
    saveMembers: (members) => along(saveMembers(client, workspaceId, members)),
    countHidden: (groups) => along(countHidden(client, workspaceId, groups)),
    addSample: (key, fingerprint, at, keep) => addSample(client, workspaceId, key, fingerprint, at, keep),
    manySilences: () => manySilences(client, workspaceId),
    holdSilence: (id) => maybeSilence(client, workspaceId, id),
    maybeSilenceOf: (runId) => maybeSilenceOf(client, workspaceId, runId),
    insertSilence: (silence) => insertSilence(client, workspaceId, silence),
    endSilence: (id, by) => along(endSilence(client, workspaceId, id, by)),
    countOpened: (channel, withinSeconds) => countOpened(client, workspaceId, channel, withinSeconds),
    maybeDigest: (channel, withinSeconds) => maybeDigest(client, workspaceId, channel, withinSeconds),
    insertDigest: (channel) => insertDigest(client, workspaceId, channel),
    touchDigest: (id) => along(touchDigest(client, workspaceId, id)),
    addTimer: (timer, groupId, at) => addTimer(timer, { groupId }, groupId, at),
    addSilenceTimer: (silenceId, at) => addTimer('silence_ends', { silenceId }, String(silenceId), at),
    addPage: (groupId, action) => {
      along(insertPage(client, workspaceId, groupId, action));
      addTimer('page', { groupId }, groupId);
    },
    heardFrom: (source, at, skew) => along(heardFrom(client, workspaceId, source, at, skew)),
    manySilent: (expected, since) => manySilent(client, workspaceId, expected, since),
    markSilent: (source, isSilent) => along(markSilent(client, workspaceId, source, isSilent)),
    count: (events) => along(countSourceEvents(client, workspaceId, events)),
    takeInboxEntry: (key) => along(takeInboxEntry(client, workspaceId, key)),
    want,
    record: recorder(client, along, want, wanted, options),
  };
}
