import { z } from 'zod';

/*
 * What is read of GitHub's answers (REST API 2022-11-28), and nothing else of them. Words that GitHub may add to are text
 * and not enumerations: an unknown one is shown, never taken for success.
 */

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const word = z.string().max(100);

export const runShape = z.object({
  id: z.int().positive(),
  head_branch: z.string().max(300).nullable(),
  head_sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  event: word,
  status: word.nullable(),
  conclusion: word.nullable(),
  created_at: time,
  run_started_at: time.nullish(),
  updated_at: time,
  display_title: z.string().nullish(),
  /** Null when the fork it came from is gone. */
  head_repository: z.object({ full_name: z.string() }).nullish(),
  path: z.string().nullish(),
});
export const runsShape = z.object({ total_count: z.int().nonnegative(), workflow_runs: z.array(runShape) });
export type RunAnswer = z.output<typeof runShape>;

export const jobShape = z.object({
  id: z.int().positive(),
  name: z.string(),
  status: word,
  conclusion: word.nullable(),
  started_at: time.nullish(),
  completed_at: time.nullish(),
});
export type JobAnswer = z.output<typeof jobShape>;

export const workflowShape = z.object({
  id: z.int().positive(),
  path: z.string(),
  state: word,
});

/** A file by the contents API; `content` is base64 with line breaks. */
export const contentShape = z.object({
  type: z.literal('file'),
  encoding: z.literal('base64'),
  content: z.string(),
});

export const commitShape = z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) });

export const checkRunShape = z.object({
  id: z.int().positive(),
  name: z.string(),
  status: word,
  conclusion: word.nullable(),
});

export const statusesShape = z.object({
  state: word,
  total_count: z.int().nonnegative(),
});

export const namedShape = z.object({ name: z.string().max(200) });

export const repositoryShape = z.object({ full_name: z.string(), archived: z.boolean().optional() });

/** With `return_run_details`, since 2026-02-19. */
export const dispatchedShape = z.object({ workflow_run_id: z.int().positive() });
