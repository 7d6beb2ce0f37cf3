import type { TargetKind, TargetKinds } from '../command.ts';
import type { DeepReadonly } from '../config/settings-schema.ts';
import type { AuditCheckpointStore } from '../core/audit-chain/checkpoint.ts';
import type { TargetOffer } from '../core/choose-target.ts';
import { Fault } from '../core/errors.ts';
import type { Redactor } from '../core/redact.ts';
import type { Secret } from '../core/secret.ts';
import type { TargetCheck } from './audit-check.ts';
import { type AuditConfig, auditConfigSchema } from './audit-config.ts';
import { type AuditTarget, createAuditTarget } from './audit-target.ts';
import { type GitHubTarget, openGitHubTarget } from './github/github-target.ts';
import { type WorkflowsConfig, workflowsConfigSchema } from './github/workflows-config.ts';
import { naming, needingHttp } from './http/block-checks.ts';
import { communicationsConfigSchema } from './http/communications.ts';
import { healthConfigSchema } from './http/health.ts';
import { httpConfigSchema } from './http/http-config.ts';
import { type HttpBlocks, type HttpKinds, openHttpKinds } from './http/http-kinds.ts';
import type { CallLog } from './http/http-target.ts';
import { notificationsConfigSchema } from './http/notifications.ts';
import { type OperationsConfig, operationsConfigSchema } from './http/operations-config.ts';
import { releasesConfigSchema } from './http/releases.ts';
import { tenancyConfigSchema } from './http/tenancy.ts';
import { tenantsConfigSchema } from './http/tenants.ts';

/** Each kind of target owns its block under `targets.<name>` in the settings. `http` is how the others are reached. */
export const targetSchemas = {
  audit: auditConfigSchema,
  http: naming(httpConfigSchema),
  tenants: needingHttp(tenantsConfigSchema),
  tenancy: needingHttp(tenancyConfigSchema),
  notifications: needingHttp(notificationsConfigSchema),
  communications: needingHttp(communicationsConfigSchema),
  releases: needingHttp(releasesConfigSchema),
  health: needingHttp(healthConfigSchema),
  operations: needingHttp(operationsConfigSchema),
  workflows: workflowsConfigSchema,
};

/** What `needs:` in a command file may say. */
export const targetKinds: readonly TargetKind[] = [
  'tenants',
  'audit',
  'tenancy',
  'notifications',
  'communications',
  'releases',
  'health',
  'operations',
  'workflows',
];

/** Read-only all the way down, as the settings are. */
export interface TargetSettings extends Omit<HttpBlocks, 'http' | 'operations'> {
  readonly environment: string;
  readonly databaseUrl?: Secret | undefined;
  readonly audit?: DeepReadonly<AuditConfig> | undefined;
  readonly http?: HttpBlocks['http'] | undefined;
  readonly operations?: Readonly<Record<string, unknown>> | undefined;
  readonly workflows?: WorkflowsConfig | undefined;
}

/** The configured targets, with their clients. */
export interface Targets {
  readonly offers: readonly TargetOffer[];
  /**
   * @param correlationId travels to the target with every call.
   * @param signal ends what is read or sent through this client, besides the signal a call itself takes.
   * @throws Fault `target_not_configured` when a run waits for a target that is no longer there.
   */
  client<Kind extends TargetKind>(
    kind: Kind,
    name: string,
    correlationId?: string,
    signal?: AbortSignal,
  ): TargetKinds[Kind];
  /** Reaches for each target, for `doctor`. */
  check(): Promise<{ readonly name: string; readonly checks: readonly TargetCheck[] }[]>;
  /** Closes once what is under way has come to its end: for targets that new settings replace. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

export interface TargetDependencies {
  readonly auditCheckpoints: AuditCheckpointStore;
  readonly now: () => Date;
  /** Default: calls to targets are not logged. */
  readonly log?: CallLog;
  /** Removes the secrets of this process from what targets say; a target's own secrets are removed in any case. */
  readonly redactor?: Redactor;
}

interface OpenTarget {
  readonly offer: TargetOffer;
  readonly audit: AuditTarget | undefined;
  readonly http: HttpKinds | undefined;
  readonly gitHub: GitHubTarget | undefined;
}

/** Opens a client for every target; connections are made when they are first needed. */
export function openTargets(
  settings: Readonly<Record<string, TargetSettings>>,
  deps: TargetDependencies,
): Targets {
  const open = new Map(
    Object.entries(settings).map(([name, target]) => [name, openTarget(name, target, deps)]),
  );
  const parts = [...open.values()].flatMap(partsOf);

  return {
    offers: [...open.values()].map(({ offer }) => offer),
    client: <Kind extends TargetKind>(
      kind: Kind,
      name: string,
      correlationId?: string,
      signal?: AbortSignal,
    ) => {
      const target = open.get(name);
      const client = target && clientOf(target, kind, correlationId, signal);
      if (client === undefined) {
        throw new Fault(
          'target_not_configured',
          `The target "${name}" no longer serves "${kind}" in this process's settings. Ask again.`,
        );
      }
      return client as TargetKinds[Kind];
    },
    check: () =>
      Promise.all(
        [...open]
          .filter(([, target]) => partsOf(target).length > 0)
          .map(async ([name, target]) => {
            const checks = await Promise.all(partsOf(target).map((part) => part.check()));
            return { name, checks: checks.flat() };
          }),
      ),
    retire: async () => {
      await Promise.all(parts.map((part) => part.retire()));
    },
    close: async () => {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

function partsOf({ audit, http, gitHub }: OpenTarget) {
  return [audit, http, gitHub].filter((one) => one !== undefined);
}

function openTarget(name: string, settings: TargetSettings, deps: TargetDependencies): OpenTarget {
  const { environment, databaseUrl, audit: auditConfig, http: httpConfig, workflows } = settings;
  const audit =
    auditConfig === undefined || databaseUrl === undefined
      ? undefined
      : createAuditTarget({
          name,
          environment,
          databaseUrl: databaseUrl.reveal(),
          audit: auditConfig as AuditConfig,
          checkpoints: deps.auditCheckpoints,
          now: deps.now,
        });
  const http =
    httpConfig === undefined
      ? undefined
      : openHttpKinds({
          target: { name, environment },
          blocks: {
            ...settings,
            http: httpConfig,
            operations: settings.operations as OperationsConfig | undefined,
          },
          otherTenants: audit?.tenants,
          redactor: deps.redactor,
          log: deps.log,
          now: deps.now,
        });
  const gitHub =
    workflows === undefined
      ? undefined
      : openGitHubTarget({
          target: { name, environment },
          config: workflows,
          redactor: deps.redactor,
          log: deps.log,
          now: deps.now,
        });
  const gitHubKinds: TargetKind[] = gitHub === undefined ? [] : ['workflows'];
  const auditKinds: TargetKind[] = audit === undefined ? [] : ['tenants', 'audit'];
  const kinds = [...new Set([...auditKinds, ...(http?.kinds ?? []), ...gitHubKinds])];
  return { offer: { name, environment, kinds }, audit, http, gitHub };
}

/** Audit chains keep to the directory of their own database; every other kind to the one `tenants:` names. */
function clientOf(
  { audit, http, gitHub }: OpenTarget,
  kind: TargetKind,
  correlationId: string | undefined,
  signal: AbortSignal | undefined,
): TargetKinds[TargetKind] | undefined {
  if (kind === 'workflows') return gitHub?.for({ correlationId, signal });
  const overHttp = kind === 'audit' ? undefined : http?.client(kind, { correlationId, signal });
  if (overHttp !== undefined) return overHttp;
  if (audit === undefined || (kind !== 'audit' && kind !== 'tenants')) return undefined;
  return correlationId === undefined ? audit : audit.forRequest(correlationId);
}
