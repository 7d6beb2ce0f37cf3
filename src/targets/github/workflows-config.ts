import { z } from 'zod';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { maybeDurationMinutes } from '../../core/parse/duration.ts';
import { nearest } from '../../core/parse/nearest.ts';
import { Secret, secret } from '../../core/secret.ts';
import { baseUrl } from '../http/http-config.ts';
import { inputMistake } from './workflow-inputs.ts';

/** GitHub takes at most so many inputs of one dispatch. */
const mostInputs = 25;

const publicApi = 'https://api.github.com';

/** One path segment: what a workflow's file, a secret or a repository is called can never be another path. */
const workflowFile = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\.ya?ml$/, {
  error: 'must be the name of a file under .github/workflows/, for example migrate.yml',
});

/** What git allows of a branch's or tag's name, without what only confuses. */
export const refPattern =
  /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}(?<![./])$/;
const ref = z.string().regex(refPattern, { error: 'must be a branch or a tag, for example main' });
const refGlob = z.string().regex(/^[A-Za-z0-9_*][A-Za-z0-9._/*-]{0,199}$/, {
  error: 'must be a branch or a tag; * is any text, for example release/*',
});

/** GitHub's own rule for the names of secrets and variables. */
const settingName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, {
  error: 'is not the name of a secret or variable: letters, digits and "_"',
});

const token = secret().refine(
  (value) => !(value instanceof Secret) || value.reveal() === '' || /^[\x21-\x7e]+$/.test(value.reveal()),
  { error: 'holds characters that a header cannot carry, perhaps a line break at its end' },
);

const within = z.string().transform((text, context) => {
  const minutes = maybeDurationMinutes(text);
  if (minutes !== undefined) return minutes;
  context.addIssue({ code: 'custom', message: 'must be a length of time such as 24h, 90m or 7d' });
  return z.NEVER;
});

const regularExpression = z.string().superRefine((text, context) => {
  try {
    new RegExp(`^(?:${text})$`, 'u');
  } catch {
    context.addIssue({ code: 'custom', message: 'is not a regular expression' });
  }
});

const input = z
  .strictObject({
    /** Default true, unless there is a default. */
    required: z.boolean().optional(),
    default: z.string().optional(),
    enum: z.array(z.string().min(1)).min(1).optional(),
    /** Must match the whole value. Without it and "enum": letters, digits, spaces and ". _ : / @ + , = -". */
    pattern: regularExpression.optional(),
  })
  .superRefine((given, context) => {
    if (given.default !== undefined && given.required === true) {
      context.addIssue({
        code: 'custom',
        path: ['required'],
        message: 'has no effect beside a default. Remove one of them',
      });
    }
    const mistake = given.default === undefined ? undefined : inputMistake(given, given.default);
    if (mistake !== undefined) context.addIssue({ code: 'custom', path: ['default'], message: mistake });
  });

const toolName = z.string().regex(/^[A-Za-z]\w{0,59}$/, {
  error: 'is not the first word of a status line: letters, digits and "_", for example db_bootstrap',
});

const fields = z
  .record(
    z.string().regex(/^[A-Za-z_][\w.-]{0,59}$/, { error: 'is not a key of a status line' }),
    z.coerce.string(),
  )
  .refine((given) => Object.keys(given).length > 0, { error: 'names no key, so every line would do' });

const success = z
  .strictObject({
    /** First word of the line that says how it went; absent: it prints none, as watchdogs do. */
    line: toolName.optional(),
    /** What the line has to say. */
    where: fields.default({ status: 'ok' }),
    /** What it says when there was too little to judge; the playbook's "no traffic yet". */
    insufficient: z.union([fields.transform((one) => [one]), z.array(fields).min(1)]).default([]),
    /** Further checks that print lines into the same log: a bad one spoils it. `*`: every line that is a report. */
    checks: z.array(z.union([z.literal('*'), toolName])).default([]),
    /** Further keys whose values may be shown. Counts, and those under "where" and "insufficient", are in any case. */
    shows: z.array(z.string().min(1)).max(10).default([]),
  })
  .superRefine((given, context) => {
    if (given.line === undefined && Object.hasOwn(given.where, 'status') && given.where.status === 'ok') {
      context.addIssue({
        code: 'custom',
        path: ['line'],
        message: 'is missing; give the first word of the line, or under "where" what a line without one says',
      });
    }
  });

const workflow = z.strictObject({
  file: workflowFile,
  /** What people read; default: the file. */
  summary: z.string().trim().min(1).max(100).optional(),
  /** Dispatched on this, and on what `refs` adds. */
  ref: ref.default('main'),
  /** Other refs it may be dispatched on, `*` for any text. Default: none. */
  refs: z.array(refGlob).default([]),
  /** Decides the policy, as the risk of a command does. */
  risk: z.enum(['change', 'dangerous'], {
    error: 'must be change or dangerous: a workflow runs code, so it is never a read',
  }),
  inputs: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, { error: 'is not a usable input name' }),
      input,
    )
    .default({})
    .refine((inputs) => Object.keys(inputs).length <= mostInputs, {
      error: `GitHub takes at most ${mostInputs} inputs`,
    }),
  /** Tells its runs from those of other declarations of the same file, by `run-name:`. */
  title: z.string().trim().min(1).max(200).optional(),
  success: success.optional(),
  /** What an exit code in the log of a failed run means where no status line tells. 1 and 2 are failures otherwise. */
  exitCodes: z
    .record(
      z.string().regex(/^[1-9]\d{0,2}$/, { error: 'is not an exit code' }),
      z.enum(['failure', 'insufficient_data']),
    )
    .default({}),
  requires: z
    .array(
      z.strictObject({
        workflow: z.string().min(1),
        /** So long ago at most, e.g. 24h. Default: any time. */
        within: within.optional(),
      }),
    )
    .default([]),
  /** Refused on targets of any other environment. Default: runs on all. */
  onlyEnvironments: z.array(z.string().min(1)).min(1).optional(),
  /** While a workflow with the same lock is under way at GitHub, this one is refused. */
  lock: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, {
      error: 'is not a usable lock name: lower-case letters, digits and "-"',
    })
    .optional(),
});

const files = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
      error: 'is not a usable workflow name: lower-case letters, digits and "-", beginning with a letter',
    }),
    workflow,
  )
  .superRefine((given, context) => {
    const names = Object.keys(given);
    if (names.length === 0) context.addIssue({ code: 'custom', message: 'declares no workflow. Remove it' });
    for (const [name, { requires }] of Object.entries(given)) {
      for (const [index, { workflow: required }] of requires.entries()) {
        const path = [name, 'requires', index, 'workflow'];
        if (!Object.hasOwn(given, required)) {
          const [near] = nearest(required, names, 1);
          const hint = near === undefined ? `; there are ${names.join(', ')}` : `; did you mean "${near}"?`;
          context.addIssue({
            code: 'custom',
            path,
            message: `names "${required}", which is not declared${hint}`,
          });
        } else if (reaches(given, required, name)) {
          const message =
            required === name
              ? 'requires itself, so it could never run'
              : `leads back to "${name}", so neither could ever run`;
          context.addIssue({ code: 'custom', path, message });
        }
      }
    }
  });

/** Whether `from` needs `to` first, directly or not. */
function reaches(
  given: Readonly<Record<string, { readonly requires: readonly { readonly workflow: string }[] }>>,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (from === to) return true;
  if (seen.has(from) || !Object.hasOwn(given, from)) return false;
  seen.add(from);
  return given[from]!.requires.some((next) => reaches(given, next.workflow, to, seen));
}

/**
 * The `workflows:` block of a target: GitHub Actions workflows that `run-workflow` may dispatch.
 *
 * @example
 * workflows:
 *   repository: acme/rms
 *   token: env:GITHUB_TOKEN
 *   files: { migrate: { file: migrate.yml, risk: dangerous, requires: [{ workflow: migrate-dry, within: 24h }] } }
 */
export const workflowsConfigSchema = z.strictObject({
  repository: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, {
    error: 'must be owner/name, for example acme/rms',
  }),
  /** Fine-grained: actions write, contents read; for preflight also secrets, variables, environments and checks read. */
  token,
  /** The allow-list: nothing else is contacted, but for where GitHub keeps a log, which is asked without the token. */
  apiUrl: baseUrl.prefault(publicApi),
  /** Longest wait for an answer. Default 10. */
  timeoutSeconds: z.number().min(0.1).max(300).default(10),
  /** Further attempts at a read. A dispatch is sent once. Default 2. */
  retries: z.int().min(0).max(5).default(2),
  /** Of one run's logs together; a longer one is not judged. Default 20 MB. */
  maxLogBytes: z.int().min(1_024).max(500_000_000).default(20_000_000),
  /** Whether a dispatch may ask for the id of its run. Default: as github.com does since 2026; older servers refuse it. */
  runDetails: z.boolean().optional(),
  /** Names that `preflight` looks for. Never values. */
  needs: z
    .strictObject({
      secrets: z.array(settingName).default([]),
      variables: z.array(settingName).default([]),
      /** Names of this environment count as well. */
      environment: z.string().trim().min(1).max(255).optional(),
      /** Those that the organisation shares with the repository count as well. Default false. */
      organization: z.boolean().default(false),
    })
    .prefault({}),
  files,
});

export type WorkflowsConfig = DeepReadonly<z.output<typeof workflowsConfigSchema>>;
export type WorkflowConfig = WorkflowsConfig['files'][string];
export type WorkflowInputConfig = WorkflowConfig['inputs'][string];
export type SuccessConfig = NonNullable<WorkflowConfig['success']>;

/** github.com and its data-resident sister tell a dispatch's run id when asked; servers of one's own may not know it. */
export function asksForRunDetails({ runDetails, apiUrl }: WorkflowsConfig): boolean {
  if (runDetails !== undefined) return runDetails;
  const { hostname } = new URL(apiUrl);
  return hostname === 'api.github.com' || hostname.endsWith('.ghe.com');
}

/** Where people look: links are made from this, never taken from an answer. */
export function webUrl(apiUrl: string): string {
  const { origin, hostname, protocol } = new URL(apiUrl);
  if (hostname.startsWith('api.') && protocol === 'https:') return `https://${hostname.slice('api.'.length)}`;
  return origin;
}
