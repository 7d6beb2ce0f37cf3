/** One workspace's incidents on a real database, decided by two processes at once, as people, alerts and the clock leave them. */
import type pg from 'pg';
import { act } from '../../../src/core/alerts/act.ts';
import type { AlertAct } from '../../../src/core/alerts/alert-request.ts';
import { groupTimer } from '../../../src/core/alerts/timers.ts';
import type { TargetOffer } from '../../../src/core/choose-target.ts';
import type { Incident, IncidentTimerKind, TimelineEntry } from '../../../src/core/incidents/incident.ts';
import { parseReceipt } from '../../../src/core/ledger/receipt.ts';
import { plainText } from '../../../src/core/text.ts';
import { incidentLog } from '../../../src/incident-views.ts';
import { databaseSource, inSnapshot } from '../../../src/ledger-cli/source.ts';
import { verifySource } from '../../../src/ledger-cli/verify.ts';
import { maybeIncident } from '../../../src/postgres/incidents/incidents.ts';
import { incidentTimeline } from '../../../src/postgres/incidents/timeline.ts';
import { manyTimers } from '../../../src/postgres/incidents/timers.ts';
import { alertWorld, type TestSignal } from '../alerts/alert-world.ts';
import { type AlertWorldSettings, alertSettings, secondLevel } from '../alerts/alert-world-settings.ts';
import { person } from '../policy/policy-fixture.ts';
import { type Asking, type Health, type IncidentProcess, incidentProcess } from './incident-process.ts';

export const ada = 'U0ADA';
export const bob = 'U0BOB';
/** In no role. */
export const eve = 'U0EVE';
export { secondLevel };

const roles = { responder: { users: [ada, bob], usergroups: [] } };
const offers: readonly TargetOffer[] = [
  { name: 'rms', environment: 'production', kinds: ['health'] },
  { name: 'rms-staging', environment: 'staging', kinds: ['health'] },
];
const alertTasks = ['quiet', 'level2_unacknowledged', 'level2_unresolved', 'look_again'] as const;

export interface ToldMessage {
  readonly kind: string;
  /** Who is reached: by a direct message, or by a mention in the thread. */
  readonly to: readonly string[];
  readonly isDirect: boolean;
}

export function incidentWorld(pool: pg.Pool, given: { settings?: AlertWorldSettings } = {}) {
  const world = alertWorld(pool, { settings: { roles, ...given.settings } });
  const { workspaceId, rows } = world;
  let settings = alertSettings({ roles, ...given.settings });
  const health = new Map<string, Health>();
  /** The beginning of a minute, so that what is done without a wait shares it. */
  const clock = { now: Math.floor(Date.now() / 60_000) * 60_000 };
  const join = (processId: string, aheadMinutes = 0): IncidentProcess =>
    incidentProcess({
      pool,
      workspaceId,
      processId,
      settings: () => settings,
      membership: {
        person: async (id) => ({ isReadable: true, value: person(id), readAt: new Date() }),
        group: async () => ({ isReadable: true, value: [], readAt: new Date() }),
      },
      offers,
      health,
      now: () => new Date(clock.now + aheadMinutes * 60_000),
    });
  let processes = [join('p2'), join('p3')] as const;

  const as = (who: string, by = 0, asking: Omit<Asking, 'who'> = {}) =>
    processes[by % 2]!.as({ who, ...asking });
  const incident = async (id: string): Promise<Incident> => {
    const found = await maybeIncident(pool, workspaceId, id);
    if (found === undefined) throw new Error(`There is no incident ${id}`);
    return found;
  };
  const timeline = (id: string): Promise<readonly TimelineEntry[]> => incidentTimeline(pool, workspaceId, id);
  const wantedOf = async (messageId: string): Promise<number> =>
    (await world.messages()).find(({ id }) => id === messageId)?.wanted ?? 0;
  const declare = async (
    asked: Parameters<ReturnType<typeof as>['declare']>[0] = {},
    by = 0,
    who = ada,
  ): Promise<string> => {
    const { incident: declared } = await as(who, by).declare({ title: 'Emails delayed', ...asked });
    return declared.id;
  };

  return {
    ...world,
    health,
    clock,
    join,
    as,
    declare,
    incident,
    timeline,
    processes: () => processes,
    /** Both processes end, and others begin: nothing is left but the database. */
    restart: (aheadMinutes = 0): void => {
      processes = [join('p4', aheadMinutes), join('p5', aheadMinutes)];
    },
    set: (changes: AlertWorldSettings): void => {
      world.set(changes);
      settings = alertSettings({ roles, ...given.settings, ...changes });
    },
    /** Fires, resolves: what one source says of one group. @returns the group's id. */
    fire: async (groupKey = 'checkout', signal: TestSignal = {}): Promise<string> => {
      await world.hear({ signals: [{ groupKey, ...signal }] });
      const found = (await world.groups()).findLast(({ key }) => key === groupKey);
      if (found === undefined) throw new Error(`No group came of ${groupKey}`);
      return found.id;
    },
    resolveAlert: (groupKey = 'checkout', signal: TestSignal = {}): Promise<void> =>
      world.hear({ signals: [{ groupKey, status: 'resolved', ...signal }] }),
    /** A click on an alert's card. @returns what the person is answered; undefined: the card says it. */
    click: async (groupId: string, wish: AlertAct, who = ada, by = 0): Promise<string | undefined> => {
      const request = {
        kind: 'alert_action',
        groupId,
        act: wish,
        requester: who,
        via: 'button',
        origin: { channelId: 'C0ALERTS' },
      } as const;
      const key = await world.store(request, 'p2');
      const entry = { workspaceId, key, correlationId: `c-${key}`, needsWork: true, request };
      await act(entry, request, processes[by % 2]!.alerts);
      return world.answer(key);
    },
    incidents: (): Promise<{ id: string }[]> =>
      rows('SELECT id FROM countersign.incidents WHERE workspace_id = $1 ORDER BY declared_at, id'),
    /** Every stored time moves back, so that this much has passed. */
    pass: async (minutes: number): Promise<void> => {
      await world.pass(minutes);
      await rows(
        `UPDATE countersign.incident_timers SET due_at = due_at - make_interval(secs => $2::double precision * 60)
         WHERE workspace_id = $1`,
        minutes,
      );
    },
    /** Takes what is due, without doing it; the first to come due first. */
    takeDue: async (): Promise<{ task: string; payload: Record<string, string> }[]> =>
      await rows(
        `WITH taken AS (
           DELETE FROM graphile_worker._private_jobs AS job USING graphile_worker._private_tasks AS task
           WHERE task.id = job.task_id AND job.payload->>'workspaceId' = $1 AND job.run_at <= clock_timestamp()
           RETURNING split_part(task.identifier, ':', 1) AS task, job.payload, job.run_at, job.id)
         SELECT task, payload FROM taken ORDER BY run_at, id`,
      ),
    /** Does what is due until nothing is, as workers do. @returns the timers and tasks of incidents that it came to. */
    work: async (by = 0): Promise<string[]> => {
      const done: string[] = [];
      for (;;) {
        const [job] = await rows<{ task: string; payload: Record<string, string> }>(
          `DELETE FROM graphile_worker._private_jobs AS job USING graphile_worker._private_tasks AS task
           WHERE task.id = job.task_id AND job.id = (
             SELECT id FROM graphile_worker._private_jobs WHERE payload->>'workspaceId' = $1
               AND run_at <= clock_timestamp() ORDER BY run_at, id LIMIT 1)
           RETURNING split_part(task.identifier, ':', 1) AS task, job.payload`,
        );
        if (job === undefined) return done;
        const process = processes[by % 2]!;
        const timer = alertTasks.find((task) => task === job.task);
        if (timer !== undefined) await groupTimer(timer, job.payload.groupId ?? '', process.alerts);
        else if (await process.work(job)) done.push(job.payload.timer ?? job.task);
      }
    },
    /** Timers that wait, in minutes from now to the half, the first to come due first. */
    waiting: async (id: string): Promise<Record<string, number>> => {
      const timers = (await manyTimers(pool, workspaceId, id)).filter(({ state }) => state === 'waiting');
      return Object.fromEntries(
        timers.map(({ kind, dueAt }) => [kind, Math.round((dueAt.getTime() - Date.now()) / 30_000) / 2]),
      );
    },
    /** Kinds of the timers that wait, the first to come due first. */
    waitingKinds: async (id: string): Promise<string[]> =>
      (await manyTimers(pool, workspaceId, id)).flatMap(({ kind, state }) =>
        state === 'waiting' ? [kind] : [],
      ),
    /** In how many minutes its job looks at a timer, by the database's clock. */
    jobMinutes: async (id: string, kind: IncidentTimerKind): Promise<number> => {
      const jobs = await rows<{ minutes: number }>(
        `SELECT (extract(epoch FROM run_at - clock_timestamp()) / 60)::double precision AS minutes
         FROM graphile_worker._private_jobs
         WHERE payload->>'workspaceId' = $1 AND payload->>'incidentId' = $2 AND payload->>'timer' = $3`,
        id,
        kind,
      );
      if (jobs.length !== 1) throw new Error(`${jobs.length} jobs wait for ${kind} of ${id}`);
      return jobs[0]!.minutes;
    },
    timerStates: async (id: string): Promise<Partial<Record<IncidentTimerKind, string>>> =>
      Object.fromEntries((await manyTimers(pool, workspaceId, id)).map(({ kind, state }) => [kind, state])),
    /** What was said once, by a timer or for a person, in the order it was. */
    told: async (id: string): Promise<ToldMessage[]> => {
      const found = await rows<{
        place: { kind: string; userId?: string };
        content: { told: { kind: string; mentions?: { user?: string; usergroup?: string }[] } };
      }>(
        `SELECT place, content FROM countersign.messages
         WHERE workspace_id = $1 AND id LIKE 'incident:' || $2 || ':told:%' ORDER BY created_at`,
        id,
      );
      return found.map(({ place, content: { told } }) => ({
        kind: told.kind,
        isDirect: place.kind === 'dm',
        to:
          place.userId !== undefined
            ? [place.userId]
            : (told.mentions ?? []).map(({ user, usergroup = '' }) => user ?? usergroup),
      }));
    },
    /** What PagerDuty is to be told of it. */
    pagesOf: (id: string): Promise<string[]> => world.pages(id),
    kinds: async (id: string): Promise<string[]> => (await timeline(id)).map(({ kind }) => kind),
    /** Its timeline as people read it: the sentence, then what the person wrote. */
    read: async (id: string): Promise<string[]> =>
      (await timeline(id)).map(
        ({ sentence, text }) => plainText(sentence) + (text === undefined ? '' : `: ${text}`),
      ),
    /** The messages in its thread that say what people did, each with its lines, oldest first. */
    lines: async (id: string): Promise<string[][]> => {
      const prefix = `incident:${id}:log:`;
      const windows = (await world.messages())
        .flatMap((message) =>
          message.id.startsWith(prefix) ? [Number(message.id.slice(prefix.length))] : [],
        )
        .sort((one, other) => one - other);
      const said = await Promise.all(windows.map((window) => incidentLog(id, window, { pool, workspaceId })));
      return said.map((entries) =>
        entries.map(({ sentence, text }) => plainText(sentence) + (text === undefined ? '' : `: ${text}`)),
      );
    },
    /** How often its headline was asked for. */
    headlines: (id: string): Promise<number> => wantedOf(`incident:${id}:headline`),
    wantedOf,
    /** Problems of the ledger, and of every receipt a timeline cites. */
    receiptProblems: async (entries: readonly TimelineEntry[]): Promise<string[]> => {
      const client = await pool.connect();
      try {
        return await inSnapshot(client, async () => {
          const problems: string[] = [];
          for (const { receipt } of entries) {
            const source = await databaseSource(client, workspaceId);
            const verdict = await verifySource(source, { keys: [], receipt: parseReceipt(receipt) });
            problems.push(...verdict.problems.map((problem) => JSON.stringify(problem)));
          }
          return problems;
        });
      } finally {
        client.release();
      }
    },
  };
}

export type IncidentWorld = ReturnType<typeof incidentWorld>;
