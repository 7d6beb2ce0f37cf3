import type { TargetKind, TargetKinds } from '../command.ts';
import type { DeepReadonly } from '../config/settings-schema.ts';
import type { AuditCheckpointStore } from '../core/audit-chain/checkpoint.ts';
import type { TargetOffer } from '../core/choose-target.ts';
import { Fault } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { TargetCheck } from './audit-check.ts';
import { type AuditConfig, auditConfigSchema } from './audit-config.ts';
import { type AuditTarget, createAuditTarget } from './audit-target.ts';

/** Each kind of target owns its block under `targets.<name>` in the settings. */
export const targetSchemas = { audit: auditConfigSchema };

/** What `needs:` in a command file may say. */
export const targetKinds: readonly TargetKind[] = ['tenants', 'audit'];

export interface TargetSettings {
  readonly environment: string;
  readonly databaseUrl?: Secret | undefined;
  /** Read-only all the way down, as the settings are. */
  readonly audit?: DeepReadonly<AuditConfig> | undefined;
}

/** The configured targets, with their clients. */
export interface Targets {
  readonly offers: readonly TargetOffer[];
  /** @throws Fault `target_not_configured` when a run waits for a target that is no longer there. */
  client<Kind extends TargetKind>(kind: Kind, name: string, correlationId?: string): TargetKinds[Kind];
  /** Reaches for each target, for `doctor`. */
  check(): Promise<{ readonly name: string; readonly checks: readonly TargetCheck[] }[]>;
  /** Closes once what is under way has come to its end: for targets that new settings replace. */
  retire(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a client for every target; connections are made when they are first needed. */
export function openTargets(
  settings: Readonly<Record<string, TargetSettings>>,
  deps: { readonly auditCheckpoints: AuditCheckpointStore; readonly now: () => Date },
): Targets {
  const audits = new Map<string, AuditTarget>();
  for (const [name, target] of Object.entries(settings)) {
    if (target.audit === undefined || target.databaseUrl === undefined) continue;
    audits.set(
      name,
      createAuditTarget({
        name,
        environment: target.environment,
        databaseUrl: target.databaseUrl.reveal(),
        audit: target.audit as AuditConfig,
        checkpoints: deps.auditCheckpoints,
        now: deps.now,
      }),
    );
  }
  return {
    offers: Object.entries(settings).map(([name, { environment }]) => ({
      name,
      environment,
      kinds: audits.has(name) ? ['tenants', 'audit'] : [],
    })),
    client: <Kind extends TargetKind>(kind: Kind, name: string, correlationId?: string) => {
      const client = audits.get(name);
      if (client === undefined) {
        throw new Fault(
          'target_not_configured',
          `The target "${name}" no longer serves "${kind}" in this process's settings. Ask again.`,
        );
      }
      return (correlationId === undefined ? client : client.forRequest(correlationId)) as TargetKinds[Kind];
    },
    check: () =>
      Promise.all([...audits].map(async ([name, target]) => ({ name, checks: await target.check() }))),
    retire: async () => {
      await Promise.all([...audits.values()].map((target) => target.retire()));
    },
    close: async () => {
      await Promise.all([...audits.values()].map((target) => target.close()));
    },
  };
}
