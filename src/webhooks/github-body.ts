import { z } from 'zod';
import type { Signal } from '../core/alerts/signal.ts';
import { lenientText } from './lenient.ts';

/** What GitHub's events share, and what each of their readers gives back. */

export const repositorySchema = z.object({
  /** `acme/shop-api`: part of every key. A repository that is renamed gets new ones. */
  full_name: z.string().min(1),
  name: lenientText,
  html_url: lenientText,
  default_branch: lenientText,
});
export type Repository = z.infer<typeof repositorySchema>;

export interface GithubReading {
  readonly action?: string | undefined;
  readonly signals: readonly Signal[];
  readonly sentAt?: Date | undefined;
}

export function serviceOf({ name, full_name }: Pick<Repository, 'full_name' | 'name'>): string {
  return name ?? full_name.split('/').at(-1) ?? full_name;
}
