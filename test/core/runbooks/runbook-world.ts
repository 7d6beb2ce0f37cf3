/** One workspace's started runbooks on a real database, worked on by two processes, as people and the clock leave them. */
import type pg from 'pg';
import { defineCommand, type Report, z } from '../../../src/command.ts';
import type { AlertContext } from '../../../src/core/alerts/alert-context.ts';
import type { DecisionRequest, InboxRequest } from '../../../src/core/inbox.ts';
import type { TimelineEntry } from '../../../src/core/incidents/incident.ts';
import type { Run } from '../../../src/core/run.ts';
import type { RunbookInstance, StepRecord } from '../../../src/core/runbooks/instance.ts';
import type { Runbook } from '../../../src/core/runbooks/runbook.ts';
import type { RunbookContext } from '../../../src/core/runbooks/runbook-context.ts';
import { recordPolicy } from '../../../src/policy-record.ts';
import { incidentTimeline } from '../../../src/postgres/incidents/timeline.ts';
import { maybeInstance } from '../../../src/postgres/runbooks/instances.ts';
import { postgresStore } from '../../../src/postgres/store.ts';
import { loadCommands } from '../../../src/registry.ts';
import { alertSettings } from '../alerts/alert-world-settings.ts';
import {
  ada,
  people as everybody,
  membershipOf,
  rules,
  settings as usual,
} from '../change/guarded-people.ts';
import { guardedCommands, guardedTarget, type Meeting, type SentCall } from '../change/guarded-target.ts';
import { click, guardedWorkspace, wordsOf } from '../change/guarded-workspace.ts';
import { rule } from '../policy/policy-fixture.ts';
import { commandsOf } from '../run-fixture.ts';
import { type RunbookJob, type RunbookProcess, runbookProcess } from './runbook-process.ts';
import { shiftWaits } from './shift-waits.ts';

/** May do what is for the role `database`, beside Bob. */
export const databaseGroup = 'S0DBA';
export const dba = 'U0LIN';

type Finding = Report | (() => Report | Promise<Report>);
export const green: Report = { status: 'ok', headline: 'it is well' };
export const red: Report = { status: 'bad', headline: 'it is down', lines: ['since 18:02'] };

const known = await loadCommands();

export interface RunbookWorldOptions {
  readonly templates?: Readonly<Record<string, string>>;
  readonly meet?: (call: SentCall) => Meeting | Promise<Meeting>;
  readonly through?: (store: RunbookContext['store']) => RunbookContext['store'];
}

/** What came of something typed: its run as it stands, and the words its one reader gets. */
export interface Typed {
  readonly run: Run;
  readonly said: string;
}

export async function runbookWorld(
  pool: pg.Pool,
  runbooks: readonly Runbook[],
  options: RunbookWorldOptions = {},
) {
  const workspace = guardedWorkspace(pool);
  const { workspaceId, rows } = workspace;
  const people = everybody();
  const target = guardedTarget(options.meet);
  const faults: unknown[] = [];
  const findings = new Map<string, Finding>();
  let databaseMembers: readonly string[] | undefined = [dba];

  const usualSettings = usual();
  let settings: ReturnType<AlertContext['settings']> = {
    ...alertSettings({ responders: ['responder', 'approver'] }),
    roles: {
      ...usualSettings.roles,
      database: { users: ['U0BOB'], usergroups: [databaseGroup] },
    },
    identities: usualSettings.identities,
    policy: [rule({ risk: ['read'], run: ['responder', 'approver'] }), ...rules()],
    onCall: { users: ['U0GRACE'], usergroups: [] },
  };
  const bare = membershipOf(people);
  const membership: AlertContext['membership'] = {
    ...bare,
    group: async (id) =>
      id !== databaseGroup
        ? bare.group(id)
        : databaseMembers === undefined
          ? { isReadable: false, reason: 'Slack answered "missing_scope"' }
          : { isReadable: true, value: databaseMembers, readAt: new Date() },
  };
  const probe = defineCommand({
    version: 1,
    summary: 'Look at something',
    risk: 'read',
    examples: ['probe backend'],
    args: z.object({ name: z.string() }),
    positionals: ['name'],
    run: async ({ args: { name } }) => {
      const finding = findings.get(name) ?? green;
      return typeof finding === 'function' ? finding() : finding;
    },
  });
  const commands = new Map([...known, ...commandsOf({ ...guardedCommands(), probe })]);
  const loadedOf = (books: readonly Runbook[], texts: Readonly<Record<string, string>>) => ({
    runbooks: new Map(books.map((runbook) => [runbook.name, runbook])),
    templates: new Map(Object.entries(texts).map(([name, text]) => [name, { name, text }])),
  });
  let loaded = loadedOf(runbooks, options.templates ?? {});
  let generation = 0;
  const join = (slot: number): RunbookProcess =>
    runbookProcess({
      pool,
      workspaceId,
      processId: `p${slot}-${generation}-${workspaceId}`,
      settings: () => settings,
      membership,
      target,
      commands,
      loaded,
      onFault: (error) => faults.push(error),
      through: options.through ?? ((store) => store),
    });
  let processes = [join(0), join(1)] as const;
  const store = postgresStore({
    pool,
    workspaceId,
    processId: 'p-test',
    now: () => new Date(),
    onWanted: () => undefined,
  });

  const decree = async (changed: typeof settings): Promise<void> => {
    settings = changed;
    await recordPolicy({ pool, workspaceId, policy: changed, now: () => new Date() });
  };
  await decree(settings);

  /** What Slack would answer to every message it is owed. */
  const post = async (): Promise<void> => {
    await rows(
      `UPDATE countersign.messages SET sent = wanted, ts = coalesce(ts, 'ts-' || id),
         channel_id = coalesce(place->>'channelId', 'D' || (place->>'userId'), 'C0INC'),
         shown_hash = sha256(convert_to(id || wanted::text, 'UTF8'))
       WHERE workspace_id = $1 AND place->>'kind' <> 'ephemeral' AND sent < wanted`,
    );
  };
  const bring = async (request: InboxRequest, by = 0, key?: string): Promise<string> => {
    const process = processes[by % 2]!;
    const stored = await workspace.store(request, process.processId, key);
    await process.handle(stored);
    await post();
    return stored;
  };
  const takeJobs = (): Promise<RunbookJob[]> =>
    rows(
      `WITH taken AS (
         DELETE FROM graphile_worker._private_jobs AS job USING graphile_worker._private_tasks AS task
         WHERE task.id = job.task_id AND job.payload->>'workspaceId' = $1 AND job.run_at <= clock_timestamp()
         RETURNING split_part(task.identifier, ':', 1) AS task, job.payload, job.run_at, job.id)
       SELECT task, payload FROM taken ORDER BY run_at, id`,
    );
  const work = async (by = 0): Promise<string[]> => {
    const done: string[] = [];
    for (;;) {
      const jobs = await takeJobs();
      if (jobs.length === 0) break;
      for (const job of jobs) {
        done.push(job.task);
        await processes[by % 2]!.work(job);
      }
    }
    await post();
    return done;
  };
  const instance = async (id: string): Promise<RunbookInstance> => {
    const found = await maybeInstance(pool, workspaceId, { id });
    if (found === undefined) throw new Error(`There is no started runbook ${id}`);
    return found;
  };
  const type = async (
    who: string,
    text: string,
    by = 0,
    origin: { channelId?: string; threadTs?: string } = { channelId: 'C0OPS' },
  ): Promise<Typed> => {
    const { command, input } = processes[0].parse(text);
    const request = { kind: 'invocation', command, input, requester: who, via: 'slash', origin } as const;
    const run = await store.maybeRunForInbox(await bring(request, by));
    if (run === undefined) throw new Error(`No run came of ${text}`);
    return { run, said: run.problem ?? wordsOf(run.report?.headline ?? '') };
  };
  const next = async (
    id: string,
    stepId: string,
    who = ada,
    by = 0,
    key?: string,
  ): Promise<string | undefined> => {
    const request = {
      kind: 'runbook_action',
      instanceId: id,
      stepId,
      requester: who,
      via: 'button',
      origin: { channelId: 'C0OPS' },
    } as const;
    return workspace.answer(await bring(request, by, key));
  };

  return {
    ...workspace,
    pool,
    people,
    target,
    faults,
    findings,
    store,
    decree,
    settings: () => settings,
    /** Undefined: the group cannot be read. */
    setDatabaseMembers: (members: readonly string[] | undefined): void => {
      databaseMembers = members;
    },
    processes: () => processes,
    /** Both processes end, and others begin, with other files if any are given: nothing is left but the database. */
    restart: (files?: {
      runbooks?: readonly Runbook[];
      templates?: Readonly<Record<string, string>>;
    }): void => {
      if (files !== undefined) loaded = loadedOf(files.runbooks ?? [], files.templates ?? {});
      generation += 1;
      processes = [join(0), join(1)];
    },
    post,
    bring,
    takeJobs,
    work,
    type,
    next,
    /** Starts one as people do. @returns its id. */
    start: async (
      text: string,
      { who = ada, by = 0, origin = { channelId: 'C0OPS' } } = {},
    ): Promise<string> => {
      const { run, said } = await type(who, `runbook start ${text}`, by, origin);
      const found = await rows<{ id: string }>(
        'SELECT id FROM countersign.runbook_instances WHERE workspace_id = $1 AND run_id = $2',
        run.id,
      );
      if (found[0] === undefined) throw new Error(`Nothing was started: ${said}`);
      return found[0].id;
    },
    /** Declares an incident with its thread. @returns its id and where its thread is. */
    declare: async (options = '', who = ada) => {
      const before = new Set((await incidents()).map(({ id }) => id));
      await type(who, `incident declare "Emails delayed" ${options}`);
      const found = (await incidents()).find(({ id }) => !before.has(id));
      if (found === undefined) throw new Error('No incident was declared');
      await post();
      return {
        id: found.id,
        thread: { channelId: 'C0INC', threadTs: `ts-incident:${found.id}:headline` },
      };
    },
    /** Decides on the card of a run, wherever it stands. @returns what the person was answered. */
    decide: async (who: string, action: DecisionRequest['action'], runId: string, by = 0) => {
      const shown = await rows<{ channel_id: string; ts: string }>(
        `SELECT channel_id, ts FROM countersign.messages
         WHERE workspace_id = $1 AND id IN ('run:' || $2 || ':card', 'run:' || $2 || ':approval') AND ts IS NOT NULL
         ORDER BY id LIMIT 1`,
        runId,
      );
      const at = shown[0];
      const request = click(who, action, await workspace.run(runId), {
        origin: { channelId: 'C0OPS' },
        ...(at === undefined ? {} : { shownOn: { channelId: at.channel_id, ts: at.ts } }),
      });
      return workspace.answer(await bring(request, by));
    },
    instance,
    step: async (id: string, stepId: string): Promise<StepRecord> => {
      const found = (await instance(id)).steps.find((step) => step.id === stepId);
      if (found === undefined) throw new Error(`There is no step ${stepId}`);
      return found;
    },
    /** Its steps, each in two words: `backend green`. */
    standing: async (id: string): Promise<string[]> =>
      (await instance(id)).steps.map(
        (step) => `${step.id} ${step.state === 'done' ? step.outcome : (step.runState ?? step.state)}`,
      ),
    /** Every stored time moves back, so that this much has passed. */
    pass: (minutes: number): Promise<void> => shiftWaits(pool, workspaceId, minutes),
    /** Entries about a runbook, oldest first: those of its steps' runs too. */
    recorded: async (id: string): Promise<string[]> => {
      const runs = new Set(
        (await workspace.runs()).flatMap((run) => (run.runbook?.instanceId === id ? [run.id] : [])),
      );
      return (await workspace.ledger()).flatMap(({ kind, facts, runId }) =>
        facts.instance === id || (runId !== undefined && runs.has(runId)) ? [kind] : [],
      );
    },
    runsOf: async (id: string, stepId?: string): Promise<Run[]> =>
      (await workspace.runs()).filter(
        ({ runbook }) => runbook?.instanceId === id && (stepId === undefined || runbook.stepId === stepId),
      ),
    timeline: (incidentId: string): Promise<readonly TimelineEntry[]> =>
      incidentTimeline(pool, workspaceId, incidentId),
    /** Ids of every message asked for so far, with how often. */
    wanted: async (): Promise<Record<string, number>> =>
      Object.fromEntries((await workspace.messages()).map(({ id, wanted }) => [id, wanted])),
  };

  function incidents(): Promise<{ id: string }[]> {
    return rows('SELECT id FROM countersign.incidents WHERE workspace_id = $1');
  }
}

export type RunbookWorld = Awaited<ReturnType<typeof runbookWorld>>;

/** A finding that is not there before `tell` is called; `asked` resolves once somebody looks. */
export function heldFinding() {
  let tell: (report: Report) => void = () => undefined;
  let onAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const report = new Promise<Report>((resolve) => {
    tell = resolve;
  });
  return {
    asked,
    tell: (finding: Report) => tell(finding),
    finding: () => {
      onAsked();
      return report;
    },
  };
}
