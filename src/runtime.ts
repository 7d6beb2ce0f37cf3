import { randomBytes, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type AlertViewsContext, maybeSuggestion } from './alert-views.ts';
import type { JsonObject } from './command.ts';
import type { Settings } from './config/settings.ts';
import type { AlertContext } from './core/alerts/alert-context.ts';
import { UserMistake } from './core/errors.ts';
import type { ExecuteContext } from './core/execute.ts';
import type { SigningKey } from './core/ledger/signing-key.ts';
import { formatInvocation } from './core/parse/format-invocation.ts';
import { parseInvocation } from './core/parse/parse-invocation.ts';
import type { Membership } from './core/policy/membership.ts';
import type { ReceiveContext } from './core/receive.ts';
import type { Redactor } from './core/redact.ts';
import type { Commands } from './core/registered-command.ts';
import { alertGroupId, incidentId, type Run, runId } from './core/run.ts';
import { type LedgerServicesContext, ledgerServices } from './ledger-services.ts';
import type { Log } from './log.ts';
import { type OpenIncidents, openIncidents } from './open-incidents.ts';
import { recordPolicy } from './policy-record.ts';
import { postgresAlertStore } from './postgres/alerts/store.ts';
import { createAuditCheckpoints } from './postgres/audit-checkpoints.ts';
import { postgresStore } from './postgres/store.ts';
import type { SettingsHolder } from './reload.ts';
import type { LoadedRunbooks } from './runbook-files/load-runbooks.ts';
import { authorize, countersignFor, type ServicesContext } from './services.ts';
import { openTargets, type Targets, type targetSchemas } from './targets/targets.ts';
import { parseStored } from './webhooks/parse-stored.ts';
import type { SourceKind } from './webhooks/source-kind.ts';

export type CountersignSettings = Settings<typeof targetSchemas>;

export interface RuntimeOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly processId: string;
  readonly settings: SettingsHolder<CountersignSettings>;
  readonly commands: Commands;
  readonly sourceKinds: ReadonlyMap<string, SourceKind>;
  readonly runbooks: LoadedRunbooks;
  readonly signingKey: SigningKey;
  readonly membership: Membership;
  readonly log: Log;
  /** Knows every secret of this process. */
  readonly redactor: Redactor;
  readonly now: () => Date;
  readonly stopping: AbortSignal;
  /** Messages asked for by a decision that is now committed. */
  readonly onWanted: (messageIds: readonly string[]) => void;
  readonly countPages: (run: Run) => number;
  readonly permalink: (run: Run) => Promise<string | undefined>;
  /** Link to a message of ours once it is posted. */
  readonly messageLink: (messageId: string) => Promise<string | undefined>;
  /** Link to any message; undefined where Slack gives none. */
  readonly linkTo: OpenIncidents['serving']['linkTo'];
  /** Turns a channel's name from the settings into its id. */
  readonly resolveChannel: (reference: string) => Promise<string>;
}

/** What turns requests into runs and runs into outcomes, without Slack: the same for the bot and the command line. */
export interface Runtime {
  readonly receive: ReceiveContext;
  readonly execute: ExecuteContext;
  readonly services: ServicesContext;
  readonly alerts: AlertContext;
  readonly alertViews: AlertViewsContext;
  readonly opened: OpenIncidents;
  readonly ledger: LedgerServicesContext;
  readonly targets: () => Targets;
  close(): Promise<void>;
}

/** Opens the targets, records the policy in force, and follows both when the settings change. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { pool, workspaceId, settings, commands, log, now } = options;
  const auditCheckpoints = createAuditCheckpoints({ database: pool, workspaceId });
  const openNow = () =>
    openTargets(settings.current.targets, { auditCheckpoints, now, log, redactor: options.redactor });
  let targets = openNow();
  const retiring = new Set<Promise<unknown>>();
  await recordPolicy({ pool, workspaceId, policy: settings.current, now });
  const unfollow = settings.onChange(async (current) => {
    const before = targets;
    targets = openNow();
    await recordPolicy({ pool, workspaceId, policy: current, now });
    // Not waited for: what still reads through them may take minutes, and the new ones are in force.
    const gone = before.retire().catch((error: unknown) => log.warn({ err: error }, 'old targets'));
    retiring.add(gone);
    void gone.finally(() => retiring.delete(gone));
  });

  const store = postgresStore({
    pool,
    workspaceId,
    processId: options.processId,
    now,
    onWanted: options.onWanted,
  });
  const ledger: LedgerServicesContext = {
    pool,
    workspaceId,
    key: options.signingKey,
    channel: () => settings.current.channels.ledger,
    processId: options.processId,
    onWanted: options.onWanted,
    now,
  };
  const channels = async () => {
    const { ops, ledger: ledgerChannel, incidents = ops } = settings.current.channels;
    const [opsId, ledgerId, incidentsId] = await Promise.all(
      [ops, ledgerChannel, incidents].map(options.resolveChannel),
    );
    return { ops: opsId!, ledger: ledgerId!, incidents: incidentsId! };
  };
  const newIncidentId = () => incidentId(randomBytes(8));
  const alerts: AlertContext = {
    store: postgresAlertStore({
      pool,
      workspaceId,
      processId: options.processId,
      now,
      onWanted: options.onWanted,
    }),
    settings: () => settings.current,
    membership: options.membership,
    parse: (delivery) =>
      parseStored(delivery, settings.current.alerts.sources, options.sourceKinds, (text) =>
        options.redactor.text(text),
      ),
    // Requests that came meanwhile are read then, and answered before the next delivery.
    giveTurn: () => setImmediate(),
    listeningSince: now(),
    newGroupId: () => alertGroupId(randomBytes(8)),
    newIncidentId,
    targets: () => targets.offers,
    onFault: (error, about) => log.error({ err: error, ...about }, 'a delivery could not be understood'),
  };
  const opened = openIncidents({
    ...options,
    pool,
    workspaceId,
    alerts,
    targets: () => targets,
  });
  const alertViews: AlertViewsContext = {
    pool,
    workspaceId,
    settings: () => settings.current,
    permalink: options.messageLink,
    redact: (text) => options.redactor.text(text),
    runbooks: options.runbooks.runbooks,
    targets: () => targets.offers,
  };
  const services: ServicesContext = {
    ...opened.serving,
    alerts,
    messageLink: options.messageLink,
    guard: () => execute,
    workspaceId,
    pool,
    commands,
    policy: () => settings.current,
    membership: options.membership,
    targets: () => targets.offers,
    ledger: ledgerServices(ledger),
    permalink: options.permalink,
  };
  const execute: ExecuteContext = {
    store,
    commands,
    settings: () => settings.current,
    membership: options.membership,
    channels,
    targets: () => targets.offers,
    target: (kind, name, correlationId, signal) => targets.client(kind, name, correlationId, signal),
    services: (run) => countersignFor(run, services),
    countPages: options.countPages,
    now,
    newExecutor: randomUUID,
    newIncidentId,
    stopping: options.stopping,
    atWork: new Set(),
    onSettled: ({ correlationId, id, command, target, startedAt }, state) =>
      log.info(
        {
          correlationId,
          runId: id,
          command,
          target,
          state,
          milliseconds: now().getTime() - (startedAt?.getTime() ?? 0),
        },
        'run settled',
      ),
    onFault: (error, run) =>
      log.error({ err: error, correlationId: run.correlationId, runId: run.id }, 'a run broke'),
  };
  return {
    services,
    alerts,
    alertViews,
    opened,
    ledger,
    targets: () => targets,
    receive: {
      store,
      commands,
      targets: () => targets.offers,
      authorize: (request) => authorize(services, request),
      parse: (text) => readWhole(text, commands),
      alertSuggestion: async (groupId) => {
        const invocation = await maybeSuggestion(groupId, alertViews);
        return invocation === undefined
          ? undefined
          : { invocation, incident: await opened.incidentOfGroup(groupId) };
      },
      runbookStep: opened.runbookStep,
      format: (command, input) => formatInvocation(commands, command.name, input),
      target: (kind, name, correlationId) => targets.client(kind, name, correlationId),
      newRunId: () => runId(randomBytes(8)),
      newExecutor: randomUUID,
      now,
    },
    execute,
    close: async () => {
      unfollow();
      await targets.close();
      await Promise.all(retiring);
    },
  };
}

/** A suggestion's invocation, which must be complete. @throws UserMistake */
function readWhole(text: string, commands: Commands): { command: string; input: JsonObject } {
  const { command, input, missing, problems } = parseInvocation(text, commands);
  const problem =
    problems[0]?.message ?? (missing.length > 0 ? `"${command}" needs ${missing.join(', ')}.` : undefined);
  if (problem !== undefined) throw new UserMistake('incomplete_invocation', problem);
  return { command, input: input as JsonObject };
}
