import { z } from 'zod';
import { code, person, type Span } from '../text.ts';

/** Entries of any age are told, so nothing in them is taken for granted. */
export const factsSchema = z.object({
  command: z.string().optional().catch(undefined),
  target: z.string().optional().catch(undefined),
  environment: z.string().optional().catch(undefined),
  args: z.record(z.string(), z.unknown()).optional().catch(undefined),
  headline: z.string().optional().catch(undefined),
  problem: z.string().optional().catch(undefined),
  from: z.string().optional().catch(undefined),
  digest: z.string().optional().catch(undefined),
  says: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  signers: z.array(z.string()).optional().catch(undefined),
  texts: z.number().optional().catch(undefined),
  keyId: z.string().optional().catch(undefined),
  group: z.string().optional().catch(undefined),
  called: z.array(z.string()).optional().catch(undefined),
  pagerduty: z.boolean().optional().catch(undefined),
  because: z.string().optional().catch(undefined),
  to: z.string().optional().catch(undefined),
  silence: z.number().optional().catch(undefined),
  minutes: z.number().optional().catch(undefined),
  severity: z.string().optional().catch(undefined),
  severityFrom: z.string().optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  // Of an alert or a step. Of an incident it is private: `true` says that it changed.
  title: z
    .union([z.string(), z.literal(true).transform(() => '')])
    .optional()
    .catch(undefined),
  tenants: z.array(z.string()).optional().catch(undefined),
  origin: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
  commander: z.string().optional().catch(undefined),
  commanderFrom: z.string().optional().catch(undefined),
  startedAt: z.string().optional().catch(undefined),
  author: z.string().optional().catch(undefined),
  override: z.boolean().optional().catch(undefined),
  groups: z.array(z.string()).optional().catch(undefined),
  timer: z.string().optional().catch(undefined),
  entries: z.number().optional().catch(undefined),
  left: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
  runbook: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  owners: z.array(z.string()).optional().catch(undefined),
  step: z.string().optional().catch(undefined),
  template: z.string().optional().catch(undefined),
  channel: z.string().optional().catch(undefined),
  until: z.string().optional().catch(undefined),
  outcome: z.string().optional().catch(undefined),
  requires: z.array(z.string()).optional().catch(undefined),
  done: z.number().optional().catch(undefined),
  of: z.number().optional().catch(undefined),
  reviewBy: z.string().optional().catch(undefined),
});
export type Facts = z.output<typeof factsSchema>;

export type Teller = (actor: Span, facts: Facts) => readonly Span[];

/** Slack user ids are shown by name without notifying anyone. */
export function actorSpan(actor: string): Span {
  if (/^[UW][A-Z0-9]{2,}$/.test(actor)) return person(actor);
  return actor === 'countersign' ? 'Countersign' : code(actor);
}

export function groupSpan({ group: id }: Facts): Span {
  return code(id ?? 'a group');
}

/** @param why nobody was called, where nobody was. */
export function calledBy({ called = [], pagerduty = false }: Facts, why: string): readonly Span[] {
  const all = [...called.map(actorSpan), ...(pagerduty ? ['PagerDuty'] : [])];
  return all.length === 0 ? [`nobody: ${why}`] : listed(all);
}

/** @example listed(['a', 'b']) // ['a', ', ', 'b'] */
export function listed(spans: readonly Span[]): readonly Span[] {
  return spans.flatMap((one, index) => [...(index === 0 ? [] : [', ']), one]);
}

/** A time in a fact, in the reader's own zone; as it stands when it is none. */
export function timeSpan(iso: string): Span {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : { date: at };
}
