import { z } from 'zod';
import { ownSource } from '../core/alerts/alert-context.ts';
import type { AlertMatch, AlertRoute, AlertSettings } from '../core/alerts/alert-settings.ts';
import type { Notified } from '../core/alerts/group.ts';
import { Secret, secret } from '../core/secret.ts';
import { type SourceSchemas, severity, sourceSchema } from './alert-source-schema.ts';
import { isSafeForSecrets } from './safe-url.ts';
import { channelReference, oneOrMore, slug } from './setting-values.ts';

const sourceName = slug('source name').refine((name) => name !== ownSource, {
  error: `is what the bot calls itself: give the source another name`,
});

const globText = z
  .string({ error: 'must be text: write numbers, true and false in quotes' })
  .trim()
  .min(1, { error: 'is empty. Write "*" for any, or remove the key' })
  .max(300);
const globs = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? [value] : value),
  oneOrMore(globText),
);

const match = z.strictObject({
  source: globs.optional(),
  severity: oneOrMore(severity).optional(),
  service: globs.optional(),
  tenant: globs.optional(),
  environment: globs.optional(),
  title: globs.optional(),
  labels: z.record(z.string().min(1).max(200), globs).optional(),
}) satisfies z.ZodType<AlertMatch>;

const notifiedMistake =
  'must be on-call, a member id such as U0123ABCD, or a user group id such as S0123ABCD';
const notified = z.string({ error: notifiedMistake }).transform((written, context): Notified => {
  if (written === 'on-call') return written;
  if (/^[UW][A-Z0-9]{2,}$/.test(written)) return { user: written };
  if (/^S[A-Z0-9]{2,}$/.test(written)) return { usergroup: written };
  context.addIssue({ code: 'custom', message: notifiedMistake });
  return z.NEVER;
});

/** `[]` is nobody: it keeps a route below from being asked. */
const notify = z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(notified));

const runbook = z.httpUrl({ error: 'must be a web address such as https://example.com/runbooks/queues' });

const route = z.strictObject({
  match: match.prefault({}),
  channel: channelReference.optional(),
  notify: notify.optional(),
  severity: severity.optional(),
  // Slack: an address has 3,000 characters.
  runbook: runbook.max(3_000).optional(),
  silence: z.boolean().optional(),
  suggest: z
    .strictObject({
      command: z.string().trim().min(1).max(1_000),
      // Slack: the text of a button has 75 characters.
      label: z.string().trim().min(1).max(75).optional(),
    })
    .optional(),
}) satisfies z.ZodType<AlertRoute>;

const pagerduty = z.strictObject({
  routingKey: secret(),
  /** Or `env:NAME`, where it is another for each machine. */
  url: z
    .preprocess((value) => (value instanceof Secret ? value.reveal() : value), z.string())
    .refine(isSafeForSecrets, {
      error:
        'must be an https:// address (http:// only on this machine): the routing key travels with every call',
    })
    .default('https://events.pagerduty.com/v2/enqueue'),
});

const day = 1_440;

/** The section `alerts:`. `sourceSchemas` adds each kind's own keys to its sources. */
export function alertSettingsSchema(sourceSchemas: SourceSchemas) {
  return z
    .strictObject({
      sources: z.record(sourceName, sourceSchema(sourceSchemas)).default({}),
      routes: z.array(route).default([]),
      responders: z
        .array(z.string(), { error: 'must list roles, for example [responder]' })
        .min(1, { error: 'is an empty list, so nobody could acknowledge. Remove it: every role may' })
        .optional(),
      escalation: z
        .strictObject({
          unacknowledgedMinutes: z.int().min(1).max(day).default(5),
          unresolvedMinutes: z
            .int()
            .min(1)
            .max(7 * day)
            .default(30),
          notify: notify.default([]),
          pagerduty: pagerduty.optional(),
        })
        .prefault({}),
      digest: z
        .strictObject({
          moreThan: z.int().min(1).max(1_000).default(10),
          withinSeconds: z.int().min(10).max(3_600).default(60),
        })
        .prefault({}),
      flapping: z
        .strictObject({
          changes: z.int().min(2).max(100).default(4),
          withinMinutes: z.int().min(1).max(day).default(10),
        })
        .prefault({}),
      reopenWithinMinutes: z
        .int()
        .min(0)
        .max(7 * day)
        .default(720),
      retentionDays: z
        .strictObject({
          alerts: z.int().min(1).max(3_650).default(90),
          raw: z.int().min(1).max(3_650).default(14),
        })
        .prefault({}),
    })
    .transform((alerts): AlertSettings => ({ ...alerts, responders: alerts.responders }));
}
