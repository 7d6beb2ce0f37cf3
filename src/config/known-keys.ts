import { z } from 'zod';
import type { Path } from './yaml-source.ts';

/** For schemas that look at a value to know its keys, such as a source at its `kind`: what describes that value. */
export const variants = new WeakMap<z.ZodType, (value: unknown) => readonly z.ZodType[]>();

/** The keys the schema knows at a path of `data`. */
export function keysAt(schema: z.ZodType, where: Path, data: unknown): string[] {
  let value = data;
  let current = described(schema, value);
  for (const part of where) {
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[part];
    current = current.flatMap((one) => described(childOf(one, part), value));
  }
  return current.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : []));
}

function childOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(part)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** The schemas that hold the keys: without defaults and transforms, and of a union the form with keys. */
function described(schema: unknown, value: unknown): unknown[] {
  const variant = schema instanceof z.ZodType ? variants.get(schema) : undefined;
  if (variant !== undefined) return variant(value).flatMap((one) => described(one, value));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return described(schema.unwrap(), value);
  }
  if (schema instanceof z.ZodPipe) {
    return described(schema.in instanceof z.ZodTransform ? schema.out : schema.in, value);
  }
  if (schema instanceof z.ZodUnion) {
    const forms = schema.options.flatMap((option: unknown) => described(option, value));
    return forms.filter((form: unknown) => form instanceof z.ZodObject).slice(0, 1);
  }
  return [schema];
}
