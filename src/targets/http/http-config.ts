import { z } from 'zod';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { Secret, secret } from '../../core/secret.ts';

/** Visible ASCII and single spaces inside: what RFC 9110 lets a field value be, and no line break to smuggle a header. */
const headerValue = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** A secret that travels in a header. Files and shells like to leave a line break at the end of one. */
const headerSecret = () =>
  secret().refine(
    (value) => !(value instanceof Secret) || value.reveal() === '' || headerValue.test(value.reveal()),
    {
      error: 'holds characters that a header cannot carry, perhaps a line break at its end',
    },
  );

/** Set by the client itself, or deciding how the message is read. */
const reservedHeaders = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-correlation-id',
  'x-request-id',
]);

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, { error: 'is not a header name' })
  .refine((name) => !reservedHeaders.has(name.toLowerCase()), {
    error: 'is a header the client sets itself',
  });

const auth = z
  .strictObject({
    bearer: headerSecret().optional(),
    basic: z
      .strictObject({
        // RFC 7617: the first colon ends the user name.
        username: z
          .string()
          .regex(/^[^:\p{Cc}]+$/u, { error: 'cannot be empty or hold a ":" or control characters' }),
        password: secret(),
      })
      .optional(),
    header: z.strictObject({ name: headerName, value: headerSecret() }).optional(),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
    error: 'must be exactly one of bearer, basic and header',
  });

/** Accepts the text itself or `env:NAME`: where a system stands differs by installation, but is no secret. */
export const baseUrl = z.preprocess(
  (value) => (value instanceof Secret ? value.reveal() : value),
  z
    .string({ error: 'is missing; give the system\'s address, for example "https://rms.example.com"' })
    .superRefine((text, context) => {
      const mistake = baseUrlMistake(text);
      if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
    }),
);

function baseUrlMistake(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not an address; write it like "https://rms.example.com"';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not hold a login; put it under "auth"';
  if (url.search !== '' || url.hash !== '') return 'must not have a "?" or "#" part';
  return undefined;
}

/**
 * The `http:` block of a target: how its HTTP interface is reached, for every other block of the target.
 *
 * @example http: { baseUrl: "https://rms.example.com", auth: { bearer: env:RMS_TOKEN } }
 */
export const httpConfigSchema = z.strictObject({
  /** The allow-list: nothing else is ever contacted. A path here stands before every endpoint's path. */
  baseUrl,
  auth: auth.optional(),
  /** Longest wait for an answer; for reads with all their retries. Default 10. */
  timeoutSeconds: z.number().min(0.1).max(300).default(10),
  /** Further attempts at a read, with jittered pauses. Changes are never sent again by the client. Default 2. */
  retries: z.int().min(0).max(5).default(2),
  /** Calls under way at the same time. Default 8. */
  concurrency: z.int().min(1).max(100).default(8),
  /** Longer answers are refused. Default 1 MB. */
  maxResponseBytes: z.int().min(1_024).max(64_000_000).default(1_000_000),
  /** After so many failures in a row nothing is sent for a while, then one call tries. Default 5 and 15. */
  circuit: z
    .strictObject({
      failures: z.int().min(1).max(1_000).default(5),
      openSeconds: z.number().min(0.1).max(3_600).default(15),
    })
    .prefault({}),
  /**
   * Whether a change sent twice with one Idempotency-Key happens once: everywhere, nowhere, or only at the named
   * endpoints and operations. Declared wrongly, a retried change happens twice. Default false.
   */
  honoursIdempotencyKey: z.union([z.boolean(), z.array(z.string().min(1)).min(1)]).default(false),
});

export type HttpConfig = DeepReadonly<z.output<typeof httpConfigSchema>>;
