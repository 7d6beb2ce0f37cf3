import { z } from 'zod';
import { UnreadableDelivery } from './source-kind.ts';

/*
 * Schemas for what monitoring sources send. A source adds fields, renames them and sends null where it documents text:
 * what is absent or of the wrong type is undefined, and only what a delivery cannot be understood without fails it.
 */

/** Whatever `read` makes of it; absent or unreadable, undefined. */
export function lenient<Value>(read: (value: unknown) => Value | undefined) {
  return z
    .unknown()
    .transform((value) => read(value))
    .optional();
}

/** A text that is not empty; numbers and booleans as they are written, since ids come as either. */
export const lenientText = lenient(readText);

/** An absolute RFC 3339 time: {@link readTime}. */
export const lenientTime = lenient(readTime);

export const lenientNumber = lenient((value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined,
);

/** Unix seconds, with or without a fraction (Sentry writes `1772443217.0`). */
export const lenientUnixSeconds = lenient((value) =>
  typeof value === 'number' ? laterThanZero(new Date(value * 1000)) : undefined,
);

/** Name → value; what is not text is left out. */
export const lenientLabels = lenient(readLabels);

/** An object, or undefined for everything else. */
export function lenientObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const schema = z.object(shape);
  return lenient((value) => (isObject(value) ? schema.safeParse(value).data : undefined));
}

export function readText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Fractions finer than a millisecond are cut off. Go's zero time, 0001-01-01, means that there is none. */
export function readTime(value: unknown): Date | undefined {
  return typeof value === 'string' && rfc3339.test(value) ? laterThanZero(new Date(value)) : undefined;
}

function laterThanZero(at: Date): Date | undefined {
  return at.getTime() > 0 ? at : undefined;
}

export function readLabels(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, given] of Object.entries(value)) {
    const text = readText(given);
    // A key `__proto__` is left out too: set to a text it stays what it is.
    if (text !== undefined) labels[name] = text;
  }
  return labels;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first of the labels that is there. */
export function firstLabel(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): string | undefined {
  const name = names.find((candidate) => Object.hasOwn(labels, candidate));
  return name === undefined ? undefined : labels[name];
}

/**
 * @param what the delivery's kind in words, for the sentence its sender gets.
 * @throws UnreadableDelivery naming the first thing that is wrong, and where.
 */
export function readOrRefuse<Value>(schema: z.ZodType<Value>, json: unknown, what: string): Value {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.length ? `"${issue.path.join('.')}" of ` : '';
  throw new UnreadableDelivery(
    `This is not ${what}: ${where}the body is wrong (${issue?.message ?? 'unreadable'}).`,
  );
}
