import type { z } from 'zod';
import { type FieldMetadata, fieldMetadata } from '../../command.ts';

export type FieldKind =
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'enum'
  | 'date'
  | 'time'
  | 'list'
  | 'user'
  | 'channel'
  /** An object of the target, searched there. */
  | 'reference'
  /** One of the configured targets, or of the commands; see `metadata.choice`. */
  | 'choice'
  /** Nothing people can type; the registry refuses the command file. */
  | 'unsupported';

/** What the parser, the modal and the usage line need to know about one argument. */
export interface FieldDescription {
  readonly name: string;
  /** `expiresMinutes` is `--expires-minutes`. */
  readonly flag: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  /** What the schema puts in when nothing was given. */
  readonly default: unknown;
  /** For `enum`: the values, in the order they were declared. */
  readonly options: readonly (string | number)[];
  /** Inclusive bounds of a number. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Characters of a text, items of a list. */
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  /** For `list`: what each item is. */
  readonly item: FieldDescription | undefined;
  readonly isRest: boolean;
  readonly isMultiline: boolean;
  readonly metadata: FieldMetadata;
  readonly schema: z.ZodType;
}

/** The one shape of zod's definitions this file reads; see `zod/v4/core` `$ZodTypeDef` and its kin. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly coerce?: boolean;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly element?: z.ZodType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly options?: readonly z.ZodType[];
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
  readonly defaultValue?: unknown;
}
interface CheckDefinition {
  readonly check: string;
  readonly value?: number | bigint | Date;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly length?: number;
  readonly format?: string;
}

/** Wrappers that change whether a value must be given, never what people type. */
const wrappers = new Set(['optional', 'nullable', 'nonoptional', 'default', 'prefault', 'catch', 'readonly']);

/** Every argument of a command in declared order. */
export function describeArguments(args: z.ZodObject): FieldDescription[] {
  return Object.entries(args.shape).map(([name, schema]) => describeField(schema as z.ZodType, name));
}

/**
 * What a person may give for a zod field, seen through optional, default, nullable, transforms and pipes.
 *
 * @example describeField(z.number().int().min(1).default(5), 'copies').kind // 'integer', minimum 1, default 5
 */
export function describeField(schema: z.ZodType, name = 'value'): FieldDescription {
  let metadata: FieldMetadata = {};
  let described: string | undefined;
  let given: unknown;
  let inner = schema;
  for (;;) {
    metadata = { ...fieldMetadata.get(inner), ...metadata };
    described ??= inner.description;
    const definition = definitionOf(inner);
    if (definition.type === 'default' || definition.type === 'prefault') given ??= definition.defaultValue;
    const next = unwrapped(definition);
    if (!next) break;
    inner = next;
  }
  const definition = definitionOf(inner);
  return {
    name,
    flag: flagName(name),
    label: metadata.label ?? inWords(name),
    hint: metadata.hint ?? described,
    isRequired: schema._zod.optin === undefined,
    default: given,
    isRest: metadata.rest ?? false,
    isMultiline: metadata.multiline ?? false,
    metadata,
    schema,
    ...shapeOf(definition, metadata, name),
  };
}

type Shape = Pick<
  FieldDescription,
  'kind' | 'options' | 'minimum' | 'maximum' | 'minLength' | 'maxLength' | 'item'
>;

function shapeOf(definition: Definition, metadata: FieldMetadata, name: string): Shape {
  const options = optionsOf(definition);
  const bounds = boundsOf(definition);
  const shape = (kind: FieldKind): Shape => ({ kind, options, item: undefined, ...bounds });
  if (definition.type === 'array' && definition.element) {
    const item = describeField(definition.element, name);
    const isUsable = item.kind !== 'list' && item.kind !== 'unsupported';
    return { ...shape(isUsable ? 'list' : 'unsupported'), item };
  }
  if (metadata.slack) return shape(metadata.slack);
  if (metadata.reference) return shape('reference');
  if (metadata.choice) return shape('choice');
  if (options.length > 0) return shape('enum');
  if (definition.type === 'string') return shape(textKind(definition));
  if (definition.type === 'number') return shape(isInteger(definition) ? 'integer' : 'number');
  if (definition.type === 'boolean') return shape('boolean');
  // Input is stored as JSON, so a date must be one that zod makes from text.
  if (definition.type === 'date' && definition.coerce) return shape('date');
  return shape('unsupported');
}

function unwrapped(definition: Definition): z.ZodType | undefined {
  if (wrappers.has(definition.type)) return definition.innerType;
  if (definition.type !== 'pipe') return undefined;
  // A preprocess is a pipe that begins with the transform; otherwise people type what goes in.
  return definition.in && definitionOf(definition.in).type === 'transform' ? definition.out : definition.in;
}

function textKind(definition: Definition): FieldKind {
  const formats = [definition.format, ...(definition.checks ?? []).map((check) => check._zod.def.format)];
  if (formats.includes('date')) return 'date';
  return formats.includes('datetime') ? 'time' : 'text';
}

function isInteger(definition: Definition): boolean {
  const formats = [definition.format, ...(definition.checks ?? []).map((check) => check._zod.def.format)];
  return formats.some((format) => format !== undefined && /int/.test(format));
}

function optionsOf(definition: Definition): (string | number)[] {
  if (definition.type === 'enum' && definition.entries) {
    // A numeric TypeScript enum lists its names too (0: 'A', A: 0); only the values count.
    const entries = Object.entries(definition.entries);
    const isReverse = (key: string) =>
      entries.some(([, value]) => typeof value === 'number' && String(value) === key);
    return [...new Set(entries.filter(([key]) => !isReverse(key)).map(([, value]) => value))];
  }
  if (definition.type === 'literal') return (definition.values ?? []).filter(isTypable);
  if (definition.type === 'union' && definition.options) {
    const each = definition.options.map((option) => optionsOf(definitionOf(option)));
    return each.every((values) => values.length > 0) ? each.flat() : [];
  }
  return [];
}

function isTypable(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function boundsOf(
  definition: Definition,
): Pick<FieldDescription, 'minimum' | 'maximum' | 'minLength' | 'maxLength'> {
  const step = isInteger(definition) ? 1 : 0;
  const minimums: number[] = [];
  const maximums: number[] = [];
  const minLengths: number[] = [];
  const maxLengths: number[] = [];
  for (const check of definition.checks ?? []) {
    const { check: name, value, inclusive, minimum, maximum, length } = check._zod.def;
    if (name === 'greater_than' && typeof value === 'number') minimums.push(inclusive ? value : value + step);
    if (name === 'less_than' && typeof value === 'number') maximums.push(inclusive ? value : value - step);
    if (minimum !== undefined) minLengths.push(minimum);
    if (maximum !== undefined) maxLengths.push(maximum);
    if (length !== undefined) {
      minLengths.push(length);
      maxLengths.push(length);
    }
  }
  return {
    minimum: most(minimums),
    maximum: least(maximums),
    minLength: most(minLengths),
    maxLength: least(maxLengths),
  };
}

const most = (numbers: number[]) => (numbers.length > 0 ? Math.max(...numbers) : undefined);
const least = (numbers: number[]) => (numbers.length > 0 ? Math.min(...numbers) : undefined);

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

/** `expiresMinutes` → `expires-minutes`. */
export function flagName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/_/g, '-')
    .toLowerCase();
}

/** `expiresMinutes` → `Expires minutes`. */
function inWords(name: string): string {
  const words = flagName(name).replace(/-/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
