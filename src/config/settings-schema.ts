import { z } from 'zod';
import type { AlertSettings } from '../core/alerts/alert-settings.ts';
import type { PacingSettings } from '../core/pacing.ts';
import { conditionMistake } from '../core/policy/condition.ts';
import { maybeRunLimit } from '../core/policy/limit.ts';
import { type Secret, secret } from '../core/secret.ts';
import { alertSettingsSchema } from './alert-settings-schema.ts';
import type { SourceSchemas } from './alert-source-schema.ts';
import { accountId, channelReference, oneOrMore, slug, usergroupId } from './setting-values.ts';

/** What each kind of target wants to know, by the key it has under `targets.<name>`, e.g. `audit`. */
export type TargetSchemas = Readonly<Record<string, z.ZodType>>;

/** What a block cannot see alone, e.g. that `tenancy` needs `http` beside it. Paths begin inside the block. */
export type BlockCheck = (
  target: Readonly<Record<string, unknown>>,
) => readonly { readonly path: readonly (string | number)[]; readonly message: string }[];

/** The checks of blocks against the other blocks of their target, by the block's schema. */
export const blockChecks = z.registry<{ readonly check: BlockCheck }>();

const role = z.strictObject({
  users: z.array(accountId).default([]),
  usergroups: z.array(usergroupId).default([]),
});

const condition = z
  .string({ error: 'must be a CEL expression such as "data.count > 500"' })
  .trim()
  .superRefine((text, context) => {
    const message = conditionMistake(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const runLimitMistake = 'must be a number of runs per minute, hour or day, such as 3/hour; 1000 at most';
const runLimit = z.string({ error: runLimitMistake }).transform((text, context) => {
  const limit = maybeRunLimit(text);
  if (limit !== undefined) return limit;
  context.addIssue({ code: 'custom', message: runLimitMistake });
  return z.NEVER;
});

const policyRule = z.strictObject({
  risk: oneOrMore(z.enum(['read', 'change', 'dangerous'])).optional(),
  command: oneOrMore(z.string().trim().min(1)).optional(),
  target: oneOrMore(z.string()).optional(),
  environment: oneOrMore(z.string()).optional(),
  when: condition.optional(),
  run: z
    .array(z.string(), {
      error: 'must list the roles that may run it, for example [responder]; [] means nobody',
    })
    .optional(),
  approve: z
    .array(z.string())
    .min(1, { error: 'is an empty list, so nobody could sign. Name a role, or remove the key' })
    .optional(),
  approvals: z.int().min(0).max(10).optional(),
  /** A week at most: what waits longer was not wanted. */
  expiresMinutes: z.int().min(1).max(10_080).default(15),
  limit: runLimit.optional(),
  breakGlass: z
    .strictObject({
      run: z
        .array(z.string(), { error: 'must list the roles that may break the glass, for example [responder]' })
        .min(1, { error: 'is an empty list. Name a role, or remove "breakGlass": an admin may at any time' }),
      afterMinutes: z.int().min(1).max(10_080),
    })
    .optional(),
});

/** Slack allows about 50 chat.update calls a minute; a burst comes on top of the steady rate. */
const slackUpdatesPerMinute = 50;

const pacing = z
  .strictObject({
    updatesPerMinute: z.int().min(1).max(slackUpdatesPerMinute).default(40),
    updatesBurst: z.int().min(1).max(slackUpdatesPerMinute).default(8),
    postsPerSecondPerChannel: z.number().positive().max(1).default(1),
    postsBurst: z.int().min(1).max(10).default(4),
    progressEverySeconds: z.number().min(1).max(600).default(3),
  })
  .refine(({ updatesPerMinute, updatesBurst }) => updatesPerMinute + updatesBurst <= slackUpdatesPerMinute, {
    error: `updatesPerMinute and updatesBurst together must not exceed ${slackUpdatesPerMinute}, what Slack allows in a minute`,
    path: ['updatesBurst'],
  }) satisfies z.ZodType<PacingSettings>;

const targetBase = {
  environment: slug('environment name'),
  databaseUrl: secret().optional(),
};

/** The whole file. `targetSchemas` adds each kind's own block to every target, `sourceSchemas` its keys to every source. */
export function settingsSchema(targetSchemas: TargetSchemas, sourceSchemas: SourceSchemas) {
  const kinds = Object.fromEntries(
    Object.entries(targetSchemas).map(([kind, schema]) => [kind, schema.optional()]),
  );
  return z.strictObject({
    channels: z.strictObject({
      ops: channelReference,
      ledger: channelReference,
      incidents: channelReference.optional(),
      alerts: channelReference.optional(),
    }),
    roles: z.record(slug('role name'), role),
    identities: z
      .array(z.array(accountId).min(2, { error: 'must list two or more accounts of one person' }))
      .default([]),
    policy: z.array(policyRule),
    /** Asked first to sign. Gives no right. */
    onCall: role.optional(),
    targets: z
      .record(
        slug('target name'),
        z.strictObject({ ...targetBase, ...kinds }).superRefine((target, context) => {
          for (const [kind, schema] of Object.entries(targetSchemas)) {
            if (!Object.hasOwn(target, kind)) continue;
            for (const { path, message } of blockChecks.get(schema)?.check(target) ?? []) {
              context.addIssue({ code: 'custom', path: [kind, ...path], message });
            }
          }
        }),
      )
      .default({}),
    /** Monitoring sources, and what becomes of what they say. */
    alerts: alertSettingsSchema(sourceSchemas).prefault({}),
    slack: z.strictObject({ pacing: pacing.prefault({}) }).prefault({}),
    limits: z
      .strictObject({
        /** Runs one process executes at the same time. */
        concurrentRuns: z.int().min(1).max(100).default(8),
      })
      .prefault({}),
    ledger: z
      .strictObject({
        /** Signed heads are appended here, relative to the settings file. Best on another machine's disk. */
        checkpointFile: z.string().min(1).default('.countersign/checkpoints.jsonl'),
        checkpointEveryHours: z.number().positive().max(168).default(24),
      })
      .prefault({}),
  });
}

type Parsed = z.output<ReturnType<typeof settingsSchema>>;

export type DeepReadonly<Value> = Value extends Secret
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

export interface TargetBaseSettings {
  readonly environment: string;
  readonly databaseUrl?: Secret | undefined;
}

/** Everything in the YAML file, checked, with defaults, deeply frozen. */
export type Settings<Schemas extends TargetSchemas = Record<never, never>> = DeepReadonly<
  Omit<Parsed, 'targets' | 'alerts'>
> & {
  readonly alerts: AlertSettings;
  readonly targets: Readonly<
    Record<
      string,
      TargetBaseSettings & {
        readonly [Kind in keyof Schemas]?: DeepReadonly<z.output<Schemas[Kind]>> | undefined;
      }
    >
  >;
};
