import { z } from 'zod';
import { variants } from '../config/known-keys.ts';
import { type Severity, severities } from '../core/alerts/severity.ts';
import { type Pointer, readPointer } from './json-pointer.ts';
import { isObject } from './lenient.ts';
import { readTemplate } from './text-template.ts';

/*
 * A mapping, as it is written in YAML; `generic.ts` shows one. What it becomes is plain data: pointers and templates already
 * read, so that a mistake stops the start and names its key.
 */

/** A scalar is a list of one. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item).min(1));

const pointer = z
  .string({ error: 'must be a JSON pointer such as "/monitor/id"' })
  .transform((text, context) => {
    const read = readPointer(text);
    if (!('mistake' in read)) return read;
    context.addIssue({ code: 'custom', message: read.mistake });
    return z.NEVER;
  });

/** The first of several where something is. */
const pointers = listOf(pointer);

const template = z
  .string({ error: 'must be text, with {/pointer} where a value belongs' })
  .transform((text, context) => {
    const read = readTemplate(text);
    if (!('mistake' in read)) return read;
    context.addIssue({ code: 'custom', message: read.mistake });
    return z.NEVER;
  });

/** Like a union, but what is wrong is said of the form that was meant. */
function either<First extends z.ZodType, Second extends z.ZodType>(
  isFirst: (value: unknown) => boolean,
  first: First,
  second: Second,
) {
  const meant = (value: unknown) => (isFirst(value) ? first : second);
  const schema = z.unknown().transform((value, context): z.output<First> | z.output<Second> => {
    const parsed = meant(value).safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });
  variants.set(schema, (value) => [meant(value)]);
  return schema;
}

/** The first of the templates whose values are all there, else the last with those that are. */
const texts = listOf(template).transform((text) => ({ text, withoutPrefix: undefined, until: undefined }));
const text = either(
  (value) => !isObject(value),
  texts,
  z.strictObject({
    text: listOf(template),
    /** A beginning to leave out, `*` being any text: `"[*] "`. */
    withoutPrefix: z.string().min(1).optional(),
    /** Only what stands before the first of these. */
    until: z.string().min(1).optional(),
  }),
);

/** Compared as text, without regard to case: forms send `"1"` where JSON sends `1`. */
const word = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
  .transform((value) => String(value).trim().toLowerCase());
const words = listOf(word).default([]);

const state = z.enum(['firing', 'resolved', 'noted'], { error: 'must be firing, resolved or noted' });
const status = either(
  (value) => typeof value === 'string',
  state,
  z
    .strictObject({
      from: pointers,
      firing: words,
      resolved: words,
      /** Neither opens nor closes it. */
      noted: words,
      /** For every other value, and for none. Default: counted as an unknown event, and nothing else. Never a resolve. */
      default: z
        .enum(['firing', 'noted', 'unknown'], { error: 'must be firing, noted or unknown' })
        .default('unknown'),
    })
    .superRefine((given, context) => {
      const all = [...given.firing, ...given.resolved, ...given.noted];
      const twice = all.find((value, index) => all.indexOf(value) !== index);
      if (twice === undefined) return;
      context.addIssue({ code: 'custom', message: `lists "${twice}" twice; a value means one thing` });
    }),
);

const severityWord = z.enum(severities, { error: `must be ${severities.join(', ')}` });
const severity = either(
  (value) => typeof value === 'string',
  severityWord,
  z.strictObject({
    from: pointers,
    /** The source's own words where they are none of the usual ones. */
    values: z
      .record(z.string(), severityWord)
      .transform((values) => new Map(Object.entries(values).map(([name, is]) => [name.toLowerCase(), is])))
      .transform((values): Readonly<Record<string, Severity>> => Object.fromEntries(values))
      .default({}),
    /** Where there is none. Default: warning. */
    default: severityWord.default('warning'),
    /** It is never worse than this. */
    atMost: severityWord.optional(),
  }),
);

const timeFormats = ['iso', 'iso-utc-without-zone', 'epoch-ms', 'epoch-s'] as const;
export type TimeFormat = (typeof timeFormats)[number];
const moment = either(
  (value) => !isObject(value),
  pointers.transform((from) => ({ from, format: 'iso' as TimeFormat })),
  z.strictObject({
    from: pointers,
    format: z.enum(timeFormats, { error: `must be one of ${timeFormats.join(', ')}` }).default('iso'),
  }),
);
const orderFormats = ['number', ...timeFormats] as const;
const order = either(
  (value) => !isObject(value),
  pointers.transform((from) => ({ from, format: 'number' as TimeFormat | 'number' })),
  z.strictObject({
    from: pointers,
    format: z.enum(orderFormats, { error: `must be one of ${orderFormats.join(', ')}` }).default('number'),
  }),
);

/** What one alert is made of. A case gives those that differ. */
const fields = {
  event: text.optional(),
  key: text.optional(),
  fingerprint: text.optional(),
  status: status.optional(),
  severity: severity.optional(),
  title: text.optional(),
  summary: text.optional(),
  service: text.optional(),
  tenant: text.optional(),
  environment: text.optional(),
  labels: z.record(z.string().min(1).max(100), text).optional(),
  /** Objects of names and values, lists of `{name, value}`, or text such as `env:production,host:web-1`. */
  labelsFrom: pointers.optional(),
  links: z.array(z.strictObject({ label: z.string().min(1).max(40), url: text })).optional(),
  startsAt: moment.optional(),
  endsAt: moment.optional(),
  order: order.optional(),
  quietMinutes: z.int().min(1).max(525_600).optional(),
  note: z.string().min(1).max(200).optional(),
};

export interface Condition {
  readonly at: Pointer;
  /** Any of these, `*` being any text. */
  readonly globs: readonly string[];
  /** Nothing there, or null, fits as well. */
  readonly orMissing: boolean;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be a text, a number, true, false, or null for what is missing',
});
const when = z
  .record(z.string(), listOf(scalar))
  .refine((conditions) => Object.keys(conditions).length > 0, {
    error: 'is empty, so it would always hold. Give a pointer and the values it must have',
  })
  .transform((conditions, context) =>
    Object.entries(conditions).map(([path, values]): Condition => {
      const at = readPointer(path);
      if ('mistake' in at) context.addIssue({ code: 'custom', path: [path], message: at.mistake });
      return {
        at: 'mistake' in at ? { text: path, fromBody: false, steps: [] } : at,
        globs: values.filter((value) => value !== null).map(String),
        orMissing: values.includes(null),
      };
    }),
  );

const aCase = z.strictObject({
  when,
  /** Known, and nothing else: a test. */
  ignore: z.literal(true, { error: 'is true or left out' }).optional(),
  ...fields,
});

export const mappingSchema = z.strictObject({
  ...fields,
  /** Where the list of alerts stands. Default: the body is one alert. */
  each: pointer.optional(),
  deliveryId: text.optional(),
  sentAt: moment.optional(),
  key: text,
  title: text,
  status,
  /** Texts that mean that there is nothing, beside the empty one and an unreplaced `$NAME`. */
  missing: z.array(z.string()).default([]),
  /** The first whose `when` holds replaces what it gives. */
  cases: z.array(aCase).default([]),
  /** What is stored of a body: all of it, or only what this mapping reads. */
  keep: z.enum(['all', 'mapped'], { error: 'must be all or mapped' }).default('all'),
});

export type Mapping = z.output<typeof mappingSchema>;
export type MappedText = z.output<typeof text>;
export type MappedFields = Omit<Mapping, 'each' | 'deliveryId' | 'sentAt' | 'missing' | 'cases' | 'keep'>;
