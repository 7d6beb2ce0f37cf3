import { z } from 'zod';

/**
 * What `POST /v2/enqueue` takes, after the developer documentation of the Events API v2. Stricter than PagerDuty in one
 * thing: fields it would ignore are refused, so that a misspelt one shows.
 */
const text = (name: string, most: number) =>
  z
    .string({ error: `'${name}' is missing or blank` })
    .max(most, { error: `'${name}' is longer than ${most} characters` })
    .refine((value) => value.trim() !== '', { error: `'${name}' is missing or blank` });

const address = z.url({ protocol: /^https?$/, error: 'not a web address' });

const base = {
  routing_key: z
    .string({ error: "'routing_key' is missing or blank" })
    .regex(/^[0-9a-zA-Z]{32}$/, { error: "'routing_key' has not 32 characters" }),
};

const trigger = z.strictObject({
  ...base,
  event_action: z.literal('trigger'),
  dedup_key: text('dedup_key', 255).optional(),
  payload: z.strictObject(
    {
      summary: text('payload.summary', 1024),
      source: text('payload.source', 1024),
      severity: z.enum(['critical', 'error', 'warning', 'info'], {
        error: "'payload.severity' is none of critical, error, warning, info",
      }),
      timestamp: z.string().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? "'payload' is missing or blank" : undefined) },
  ),
  links: z.array(z.strictObject({ href: address, text: z.string().optional() })).optional(),
  images: z
    .array(z.strictObject({ src: address, href: address.optional(), alt: z.string().optional() }))
    .optional(),
  client: z.string().optional(),
  client_url: address.optional(),
});

const follow = (action: 'acknowledge' | 'resolve') =>
  z.strictObject({ ...base, event_action: z.literal(action), dedup_key: text('dedup_key', 255) });

const event = z.discriminatedUnion('event_action', [trigger, follow('acknowledge'), follow('resolve')], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? "'event_action' is none of trigger, acknowledge, resolve"
      : 'Event object is invalid',
});

export type EnqueuedEvent = z.output<typeof event>;

/** The event, or what is wrong with it, as PagerDuty lists it under `errors`. */
export function readEvent(json: unknown): EnqueuedEvent | { readonly errors: readonly string[] } {
  const result = event.safeParse(json);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ code, path, message }) =>
    code === 'unrecognized_keys' || !message.startsWith("'")
      ? `'${path.join('.') || 'event'}': ${message}`
      : message,
  );
  return { errors };
}
