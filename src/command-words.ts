import type { TenantRef } from './command.ts';
import { Fault, Refusal, UnknownOutcome } from './core/errors.ts';
import { bold, type Span } from './core/text.ts';

/** What several commands say or look at alike; part of `command.ts`. */

/** A reading, or why there is none: what was not seen is unknown, never fine. */
export type Reading<Value> =
  | { readonly value: Value }
  | {
      /** Completes "unknown, …". */
      readonly why: string;
    };

/**
 * Tells a look that failed apart from one that saw nothing. What is wrong on our side is thrown on.
 *
 * @example const state = await readable(target.tenancy.state(tenant)); // { value } or { why: 'rms answered 503' }
 */
export async function readable<Value>(reading: Promise<Value>): Promise<Reading<Value>> {
  try {
    return { value: await reading };
  } catch (error) {
    const isTargetProblem =
      error instanceof Fault || error instanceof Refusal || error instanceof UnknownOutcome;
    if (!isTargetProblem) throw error;
    return { why: error.message };
  }
}

/** `1,204` */
export function grouped(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** `1 invoice`, `1,204 invoices` */
export function counted(amount: number, one: string): string {
  return `${grouped(amount)} ${one}${amount === 1 ? '' : 's'}`;
}

/** **Acme GmbH** (acme) */
export function tenantName({ name, slug }: TenantRef): Span[] {
  return name === '' || name === slug ? [bold(slug)] : [bold(name), ` (${slug})`];
}

/** Under 24 characters, for a plan's `action`: the verb and the name, else the slug, else as much as fits. */
export function tenantAction(verb: string, { name, slug }: TenantRef): string {
  const room = 22 - verb.length;
  const whole = name.replace(/\s+/g, ' ').trim() || slug;
  const fitting = [whole, slug].find((text) => text.length <= room);
  // Neither a space nor half an emoji stays before the cut.
  return `${verb} ${fitting ?? `${whole.slice(0, room - 1).replace(/[\s\uD800-\uDBFF]+$/, '')}…`}`;
}
