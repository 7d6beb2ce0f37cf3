import { z } from 'zod';
import { readTime } from './lenient.ts';

/** Without it two deliveries cannot be put in order, and an old success would close a new failure. */
export const requiredTime = z.unknown().transform((value, context) => {
  const at = readTime(value);
  if (at !== undefined) return at;
  context.addIssue('not a time');
  return z.NEVER;
});
