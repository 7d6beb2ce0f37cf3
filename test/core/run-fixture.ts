/** The life of a run on a real database: requests as Slack would have them stored, commands made for the test. */
import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import {
  type CommandDefinition,
  defineCommand,
  field,
  type TenantRef,
  tenantRef,
  z,
} from '../../src/command.ts';
import type { TargetOffer } from '../../src/core/choose-target.ts';
import { UserMistake } from '../../src/core/errors.ts';
import { type ExecuteContext, goOn } from '../../src/core/execute.ts';
import type { InboxRequest } from '../../src/core/inbox.ts';
import { formatInvocation } from '../../src/core/parse/format-invocation.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { usage } from '../../src/core/parse/usage.ts';
import { type Permit, type ReceiveContext, receive } from '../../src/core/receive.ts';
import type { Commands } from '../../src/core/registered-command.ts';
import { incidentId, type Run, runId } from '../../src/core/run.ts';
import { storeIncoming } from '../../src/postgres/inbox.ts';
import { postgresStore } from '../../src/postgres/store.ts';

export const workspaceId = 'T0ACME';
export const acme: TenantRef = {
  id: '7f9c0000-0000-4000-8000-000000000001',
  slug: 'acme',
  name: 'Acme GmbH',
};

export function commandsOf(definitions: Record<string, unknown>): Commands {
  return new Map(
    Object.entries(definitions).map(([name, given]) => {
      const definition = given as CommandDefinition;
      return [name, { name, file: `${name}.ts`, definition, usage: usage(name, definition) }];
    }),
  );
}

/** A command with every kind of argument these tests need; `behaviour` is what it does when it runs. */
export function lookCommand(
  behaviour: CommandDefinition['run'] = async () => ({ status: 'ok', headline: 'seen' }),
) {
  return defineCommand({
    version: 3,
    summary: 'Look at a tenant',
    risk: 'read',
    needs: 'tenants',
    examples: ['look acme'],
    args: z.object({
      tenant: tenantRef(),
      target: field(z.string().optional(), { choice: 'target' }),
      reason: field(z.string().optional(), { isPersonal: true }),
    }),
    positionals: ['tenant'],
    run: behaviour as never,
  });
}

export const pilot: TargetOffer = { name: 'pilot', environment: 'production', kinds: ['tenants', 'audit'] };

const pilotClient = {
  name: 'pilot',
  environment: 'production',
  tenants: {
    find: async (typed: string) => (typed === acme.slug || typed === acme.id ? acme : undefined),
    search: async () => [acme],
  },
};
/** Reads ask the policy elsewhere. */
const unread = { isReadable: false, reason: 'nobody asks here' } as const;

export interface RunWorldOptions {
  readonly commands?: Record<string, unknown>;
  readonly targets?: readonly TargetOffer[];
  readonly permit?: (requester: string) => Permit;
  /** Default `p-test`. */
  readonly processId?: string;
}

export function runWorld(pool: pg.Pool, options: RunWorldOptions = {}) {
  const commands = commandsOf(options.commands ?? { look: lookCommand() });
  const store = postgresStore({
    pool,
    workspaceId,
    processId: options.processId ?? 'p-test',
    now: () => new Date(),
    onWanted: () => undefined,
  });
  const faults: unknown[] = [];
  const receiveContext: ReceiveContext = {
    store,
    commands,
    targets: () => options.targets ?? [pilot],
    authorize: async ({ requester }) =>
      options.permit?.(requester) ?? { allowed: true, reason: 'You may run "look" as responder.' },
    parse: (text) => {
      const { command, input, missing, problems } = parseInvocation(text, commands);
      const problem = problems[0]?.message ?? (missing[0] && `"${command}" needs ${missing[0]}.`);
      if (problem) throw new UserMistake('incomplete_invocation', problem);
      return { command, input: input as never };
    },
    alertSuggestion: async () => undefined,
    runbookStep: async () => undefined,
    format: ({ name }, input) => formatInvocation(commands, name, input),
    target: () => pilotClient as never,
    newRunId: () => runId(randomBytes(8)),
    newExecutor: randomUUID,
    now: () => new Date(),
  };
  const execute = (changes: Partial<ExecuteContext> = {}): ExecuteContext => ({
    store,
    commands,
    targets: () => options.targets ?? [pilot],
    target: () => pilotClient as never,
    settings: () => ({ roles: {}, identities: [], policy: [] }),
    membership: { person: async () => unread, group: async () => unread },
    channels: async () => ({ ops: 'C0OPS', ledger: 'C0LEDGER', incidents: 'C0INC' }),
    atWork: new Set(),
    services: () => ({}) as never,
    countPages: () => 0,
    now: () => new Date(),
    newExecutor: randomUUID,
    newIncidentId: () => incidentId(randomBytes(8)),
    stopping: new AbortController().signal,
    onSettled: () => undefined,
    onFault: (error) => faults.push(error),
    ...changes,
  });
  return {
    store,
    commands,
    faults,
    execute,
    receiveContext,
    /** The run a stored request makes, or made before. */
    receive: async (key: string) => (await receive(key, receiveContext))?.run,
    /** What the process does that received the request, and so has taken the run up. */
    goOn: (run: Run, changes: Partial<ExecuteContext> = {}) => goOn(run, run.executor!, execute(changes)),
    ...looking(pool),
    ask: asking(pool, options.processId ?? 'p-test'),
  };
}

/** Stores a request as the door does. @returns its key. */
function asking(pool: pg.Pool, processId: string) {
  return async (
    changes: Partial<Extract<InboxRequest, { kind: 'invocation' }>> | InboxRequest = {},
    key = `command:${randomUUID()}`,
  ) => {
    const invocation = {
      kind: 'invocation',
      command: 'look',
      input: { tenant: 'acme' },
      requester: 'U0ADA',
      via: 'slash',
      origin: { channelId: 'C0OPS' },
    } as const;
    const request = (changes.kind === undefined ? { ...invocation, ...changes } : changes) as InboxRequest;
    await storeIncoming(
      pool,
      [{ workspaceId, key, correlationId: `c-${key}`, needsWork: true, request }],
      processId,
    );
    return key;
  };
}

function looking(pool: pg.Pool) {
  const rows = async <Row extends object>(text: string, ...values: unknown[]) =>
    (await pool.query<Row>(text, values)).rows;
  return {
    rows,
    /** Kinds of a run's ledger entries, oldest first. */
    recorded: async (id: string) =>
      (
        await rows<{ kind: string }>(
          'SELECT kind FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
          id,
        )
      ).map(({ kind }) => kind),
    facts: async (id: string) =>
      (
        await rows<{ body: string }>(
          'SELECT body FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
          id,
        )
      ).map(
        ({ body }) =>
          JSON.parse(String(body)) as { facts: Record<string, unknown>; private: Record<string, string> },
      ),
    messages: () =>
      rows<{
        id: string;
        place: { kind: string };
        wanted: number;
        urgency: string;
        content: { text: string } | null;
      }>('SELECT id, place, wanted, urgency, content FROM countersign.messages ORDER BY created_at, id'),
    clear: async () => {
      await pool.query('DELETE FROM countersign.messages; DELETE FROM graphile_worker._private_jobs');
    },
  };
}

export function must(run: Run | undefined): Run {
  if (run === undefined) throw new Error('There is no run');
  return run;
}
