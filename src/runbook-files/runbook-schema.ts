import { z } from 'zod';
import type { AlertMatch } from '../core/alerts/alert-settings.ts';
import { severities } from '../core/alerts/severity.ts';
import { maybeDurationMinutes } from '../core/parse/duration.ts';

/** The keys of a runbook's file. What only shows when they are held against each other is in `core/runbooks/judge-runbook.ts`. */

const textError = (issue: { readonly input?: unknown }) => {
  if (issue.input === undefined) return 'is missing';
  if (issue.input === null) return 'is empty. A # begins a comment in YAML: put the value in quotes';
  return 'must be text: put it in quotes';
};

const text = (mostCharacters: number) =>
  z
    .string({ error: textError })
    .trim()
    .min(1, { error: 'is empty' })
    .max(mostCharacters, {
      error: `is longer than ${mostCharacters} characters, which a card has no room for`,
    });

const oneLine = (mostCharacters: number) =>
  text(mostCharacters).regex(/^[^\n]*$/, { error: 'must be one line' });

/** Folded over several lines in the file, one line when typed. */
const command = text(1_000).transform((typed) => typed.replace(/\s*\n\s*/g, ' '));

const dashed = (what: string, mostCharacters: number) =>
  z
    .string({ error: textError })
    .max(mostCharacters, { error: `is longer than ${mostCharacters} characters` })
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
      error: `is not usable as ${what}: use lower-case letters and digits, joined by dashes`,
    });

/** Unknown keys and what is inside have messages of their own. */
const notA = (what: string) => ({
  error: ({ code }: { readonly code?: string }) => (code === 'invalid_type' ? `must be ${what}` : undefined),
});

const noPlaceholder = (value: string) => !value.includes('{{');
const unfilled = { error: 'is read before anything was asked: it cannot hold {{…}}' };

/** So long is a quarter of a year's plan, not a step somebody follows. */
const mostWaitMinutes = 30 * 1_440;
const duration = z.unknown().transform((value, context): number => {
  const minutes = typeof value === 'string' ? maybeDurationMinutes(value) : undefined;
  if (minutes !== undefined && minutes <= mostWaitMinutes) return minutes;
  context.addIssue({
    code: 'custom',
    message: 'must be a length of time such as 15m, 24h or 2d, at most 30d',
  });
  return z.NEVER;
});

const globs = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z
    .array(
      z.string({ error: 'must be text: put it in quotes' }).trim().min(1, { error: 'is empty' }).max(300),
      {
        error: 'must be text, or a list of texts; * stands for any',
      },
    )
    .min(1, { error: 'is an empty list, which fits nothing. Remove the key' }),
);

const alertMatch = z
  .strictObject(
    {
      source: globs.optional(),
      severity: z
        .preprocess(
          (value) => (typeof value === 'string' ? [value] : value),
          z.array(z.enum(severities, { error: `must be one of ${severities.join(', ')}` })).min(1),
        )
        .optional(),
      service: globs.optional(),
      tenant: globs.optional(),
      environment: globs.optional(),
      title: globs.optional(),
      labels: z
        .record(
          z.string().min(1).max(200),
          globs,
          notA('a map of names and texts, for example { team: core }'),
        )
        .optional(),
    },
    notA('a map of what fits, for example { title: "Queue*" }'),
  )
  .refine((match) => Object.keys(match).length > 0, {
    error: 'fits every alert, so the runbook would be suggested for all of them. Say for which',
    // A misspelt key is enough to hear of.
    when: ({ issues }) => issues.length === 0,
  }) satisfies z.ZodType<AlertMatch>;

const input = z
  .strictObject(
    {
      ask: oneLine(150),
      from: z
        .enum(['target', 'tenant', 'environment', 'service', 'title'], {
          error:
            'must be one of target, tenant, environment, service, title: what an incident or alert knows',
        })
        .optional(),
      default: oneLine(500).optional(),
      required: z.boolean({ error: 'must be true or false' }).optional(),
      /** A value that fits, to try the commands with when the file is loaded. */
      example: oneLine(500).optional(),
    },
    notA('a map with what is asked, for example { ask: Which queue? }'),
  )
  .refine((given) => given.required !== true || given.default === undefined, {
    error: 'is required and has a default. Keep one of them',
  });

export const runbookFile = z.strictObject(
  {
    // Slack: the text of an option or a button has 75 characters.
    title: oneLine(75).refine(noPlaceholder, unfilled),
    summary: oneLine(150).refine(noPlaceholder, unfilled),
    canonical: oneLine(500).optional(),
    owner: oneLine(80),
    reviewBy: z.iso.date({ error: 'must be a day that exists, as YYYY-MM-DD' }),
    alerts: z.array(alertMatch, { error: 'must be a list, for example - { title: "Queue*" }' }).default([]),
    inputs: z
      .record(dashed('an input', 40), input, notA('a map of names, for example target: { ask: … }'))
      .default({}),
    steps: z
      .array(z.unknown(), { error: 'must be a list of steps, each beginning with "- id:"' })
      .min(1, { error: 'is empty: a runbook has at least one step' })
      // Slack: a message has 50 blocks.
      .max(40, { error: 'has more than 40 steps. Make it two runbooks' }),
  },
  notA('a map of keys: title, summary, owner, reviewBy, steps'),
);
export type RunbookFile = z.output<typeof runbookFile>;

const common = {
  // It is typed in commands and stands in the values of buttons, which have 75 characters.
  id: dashed('an id', 30),
  title: oneLine(75),
  role: oneLine(80).optional(),
  requires: z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(z.string({ error: 'must be the id of an earlier step' }), {
        error: 'must be the id of an earlier step, or a list of them',
      }),
    )
    .default([]),
};
const explained = { ...common, text: text(600).optional() };

/** By the key that says what kind of step it is. */
export const stepSchemas = {
  do: z.strictObject({
    ...common,
    do: text(600),
    evidence: z.enum(['optional', 'required'], { error: 'must be optional or required' }).default('optional'),
  }),
  check: z.strictObject({ ...explained, check: command }),
  run: z.strictObject({ ...explained, run: command }),
  wait: z
    .strictObject({ ...explained, wait: duration, until: command.optional(), every: duration.optional() })
    .refine(({ until, every }) => every === undefined || until !== undefined, {
      path: ['every'],
      error: 'says how often "until" is looked at, and there is no "until"',
    })
    .refine(({ wait, every }) => every === undefined || every < wait, {
      path: ['every'],
      error: 'must be shorter than the wait',
    }),
  message: z.strictObject({
    ...explained,
    message: dashed('a template', 40),
    to: z
      .string({ error: textError })
      .regex(/^(thread|incidents|ops|alerts|#[^\sA-Z#@]{1,80}|[CG][A-Z0-9]{2,})$/, {
        error: 'must be thread, incidents, ops, alerts, a channel\'s name such as "#status", or its id',
      })
      .default('thread'),
  }),
} as const;
export type StepKey = keyof typeof stepSchemas;
export const stepKeys = Object.keys(stepSchemas) as StepKey[];
