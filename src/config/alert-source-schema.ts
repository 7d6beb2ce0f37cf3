import { z } from 'zod';
import type { SourceSettings } from '../core/alerts/alert-settings.ts';
import { type Severity, severities } from '../core/alerts/severity.ts';
import { maybeDurationMinutes } from '../core/parse/duration.ts';
import { Secret, secret } from '../core/secret.ts';
import { variants } from './known-keys.ts';
import { channelReference } from './setting-values.ts';
import { suggestion } from './unknown-names.ts';

/** What each kind of monitoring source wants to know beside what all of them have. */
export type SourceSchemas = Readonly<Record<string, SourceSchema>>;

export interface SourceSchema {
  /** Of the kind's own keys; strict, so that a misspelt one is a mistake. */
  readonly options: z.ZodType;
  /** Of one body. Default 1,000,000. */
  readonly limitBytes?: number;
  /** It has no proof of its own, whatever is configured: only the secret in its URL can be one. Default false. */
  readonly needsUrlSecret?: boolean;
}

export const severity = z.enum(severities, {
  error: `must be one of ${severities.join(', ')}`,
}) satisfies z.ZodType<Severity>;

const secrets = (item: z.ZodType<Secret>) =>
  z
    .preprocess(
      (value) => (value instanceof Secret || typeof value === 'string' ? [value] : value),
      z.array(item, { error: 'must be "env:NAME", or a list of them' }),
    )
    .default([]);

/** It stands in a path, and is all that keeps strangers out: 16 of 64 characters are 96 bits. */
const urlSecret = secret().refine((value) => /^([A-Za-z0-9_-]{16,})?$/.test(value.reveal()), {
  error:
    'stands in a URL: it must be at least 16 letters, digits, "-" or "_". Make one with: openssl rand -hex 16',
});

const mostExpectEveryMinutes = 30 * 1_440;
const expectEveryMistake = 'must be a time such as 5m, 2h or 1d; at most 30d';
const expectEvery = z.string({ error: expectEveryMistake }).transform((text, context) => {
  const minutes = maybeDurationMinutes(text);
  if (minutes !== undefined && minutes <= mostExpectEveryMinutes) return minutes;
  context.addIssue({ code: 'custom', message: expectEveryMistake });
  return z.NEVER;
});

/** The keys every source has, as they are written. */
const sourceBase = (limitBytes = 1_000_000) =>
  z.strictObject({
    kind: z.string({ error: 'is missing. Say what sends here, such as alertmanager' }),
    secrets: secrets(secret()),
    urlSecrets: secrets(urlSecret),
    channel: channelReference.optional(),
    expectEvery: expectEvery.optional(),
    silenceSeverity: severity.default('high'),
    limits: z
      .strictObject({
        // 64 MB: a body is held in memory while it is read.
        bytes: z.int().min(1_000).max(64_000_000).default(limitBytes),
        perMinute: z.int().min(1).max(1_000_000).default(600),
        waiting: z.int().min(1).max(10_000_000).default(20_000),
      })
      .prefault({}),
  });
const baseKeys = Object.keys(sourceBase().shape);

/** One source: what all have and what its kind adds stand side by side in the file. */
export function sourceSchema(sourceSchemas: SourceSchemas): z.ZodType<SourceSettings> {
  const kindOf = (written: unknown): SourceSchema | undefined => {
    const name = isRecord(written) ? String(written.kind) : '';
    return Object.hasOwn(sourceSchemas, name) ? sourceSchemas[name] : undefined;
  };
  const schema = z.unknown().transform((written, context): SourceSettings => {
    const kind = kindOf(written);
    const base = sourceBase(kind?.limitBytes).safeParse(isRecord(written) ? only(written, true) : written);
    // Of a kind nobody knows nothing can be said about its keys.
    const options = kind?.options.safeParse(isRecord(written) ? only(written, false) : {});
    for (const issue of [...(base.error?.issues ?? []), ...(options?.error?.issues ?? [])]) {
      context.addIssue({ ...issue });
    }
    if (!base.success) return z.NEVER;
    const { expectEvery: expectEveryMinutes, ...settings } = base.data;
    if (kind === undefined) {
      const known = suggestion(settings.kind, Object.keys(sourceSchemas));
      context.addIssue({ code: 'custom', path: ['kind'], message: `is not a kind of source${known}` });
    } else {
      for (const { path, message } of proofMistakes(settings, kind)) {
        context.addIssue({ code: 'custom', path: [...path], message });
      }
    }
    return { ...settings, expectEveryMinutes, options: options?.data };
  });
  variants.set(schema, (written) => {
    const kind = kindOf(written);
    return kind === undefined ? [sourceBase()] : [sourceBase(), kind.options];
  });
  return schema;
}

/** What nobody can prove to have sent, anybody can send. */
function proofMistakes(
  { kind, secrets, urlSecrets }: Pick<SourceSettings, 'kind' | 'secrets' | 'urlSecrets'>,
  { needsUrlSecret = false }: SourceSchema,
): { readonly path: readonly string[]; readonly message: string }[] {
  if (needsUrlSecret && secrets.length > 0) {
    const message = `has no effect: ${kind} signs nothing. Use urlSecrets, and give it /hooks/<name>/<secret>`;
    return [{ path: ['secrets'], message }];
  }
  if (urlSecrets.length > 0 || secrets.length > 0) return [];
  const ways = needsUrlSecret ? 'urlSecrets: env:NAME' : 'secrets: env:NAME, or urlSecrets: env:NAME';
  return [{ path: [], message: `cannot be authenticated: anybody could send to it. Add ${ways}` }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

function only(written: Readonly<Record<string, unknown>>, isBase: boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).filter(([key]) => baseKeys.includes(key) === isBase));
}
