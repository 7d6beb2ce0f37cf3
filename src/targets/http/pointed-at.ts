import type { Json } from '../../command.ts';

/**
 * The value at a JSON pointer (RFC 6901, `/jobs/0/state`) or a dotted path (`jobs.0.state`); undefined where there is
 * none.
 */
export function pointedAt(value: Json, where: string): Json | undefined {
  const steps = where.startsWith('/')
    ? where
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : where.split('.');
  let current: Json | undefined = value;
  for (const step of steps) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    if (Array.isArray(current) && !/^\d+$/.test(step)) return undefined;
    current = (current as Readonly<Record<string, Json>>)[step];
  }
  return current;
}
