import { withoutPrefix } from '../core/alerts/glob.ts';
import { isWorse, readSeverity, type Severity } from '../core/alerts/severity.ts';
import { type Place, type Pointer, valueAt } from './json-pointer.ts';
import { readLabels, readTime } from './lenient.ts';
import type { MappedFields, MappedText, TimeFormat } from './mapping-schema.ts';
import { fill, type IsMissing, scalarAt } from './text-template.ts';

/** One alert of a body, to be read by a mapping. */
export interface Alert {
  readonly place: Place;
  readonly isMissing: IsMissing;
}

/** Undefined where nothing is there, or nothing is left of it. */
export function textOf(alert: Alert, mapped: MappedText | undefined): string | undefined {
  return edited(mapped, firstWhole(alert, mapped) ?? lastOf(alert, mapped));
}

/** As {@link textOf}, but with nothing missing in it: half an identity is another alert's. */
export function identityOf(alert: Alert, mapped: MappedText | undefined): string | undefined {
  return edited(mapped, firstWhole(alert, mapped));
}

function firstWhole({ place, isMissing }: Alert, mapped: MappedText | undefined): string | undefined {
  for (const template of mapped?.text ?? []) {
    const filled = fill(template, place, isMissing);
    if (filled?.isWhole) return filled.text;
  }
  return undefined;
}

function lastOf({ place, isMissing }: Alert, mapped: MappedText | undefined): string | undefined {
  const filled = mapped?.text.map((template) => fill(template, place, isMissing)?.text);
  return filled?.findLast((text) => text !== undefined);
}

function edited(mapped: MappedText | undefined, text: string | undefined): string | undefined {
  if (mapped === undefined || text === undefined) return undefined;
  const bare = mapped.withoutPrefix === undefined ? text : withoutPrefix(mapped.withoutPrefix, text);
  const end = mapped.until === undefined ? -1 : bare.indexOf(mapped.until);
  const left = (end < 0 ? bare : bare.slice(0, end)).trim();
  return left === '' ? undefined : left;
}

/** The first of the pointers where something is. */
export function firstAt({ place, isMissing }: Alert, pointers: readonly Pointer[]): string | undefined {
  for (const pointer of pointers) {
    const text = scalarAt(pointer, place, isMissing);
    if (text !== undefined) return text;
  }
  return undefined;
}

export type MappedStatus = 'firing' | 'resolved' | 'noted' | 'unknown';

/** A value that no list names is never a resolve. */
export function statusOf(alert: Alert, mapped: MappedFields['status']): MappedStatus {
  if (typeof mapped === 'string') return mapped;
  const value = firstAt(alert, mapped.from)?.trim().toLowerCase();
  if (value === undefined) return mapped.default;
  if (mapped.firing.includes(value)) return 'firing';
  if (mapped.resolved.includes(value)) return 'resolved';
  return mapped.noted.includes(value) ? 'noted' : mapped.default;
}

export function severityOf(alert: Alert, mapped: MappedFields['severity']): Severity {
  if (mapped === undefined || typeof mapped === 'string') return mapped ?? 'warning';
  const word = firstAt(alert, mapped.from)?.trim().toLowerCase();
  const own = word !== undefined && Object.hasOwn(mapped.values, word) ? mapped.values[word] : undefined;
  const said = own ?? (word === undefined ? mapped.default : readSeverity(word));
  return mapped.atMost !== undefined && isWorse(said, mapped.atMost) ? mapped.atMost : said;
}

/** Undefined for what is no time of that format: a guess would put alerts out of order. */
export function timeOf(
  alert: Alert,
  mapped: { readonly from: readonly Pointer[]; readonly format: TimeFormat } | undefined,
): Date | undefined {
  const text = mapped && firstAt(alert, mapped.from)?.trim();
  if (mapped === undefined || text === undefined) return undefined;
  switch (mapped.format) {
    case 'iso':
      return readTime(text);
    case 'iso-utc-without-zone':
      return readTime(`${text.replace(' ', 'T')}Z`);
    case 'epoch-ms':
      return fromEpoch(text, 1);
    case 'epoch-s':
      return fromEpoch(text, 1000);
  }
}

function fromEpoch(text: string, milliseconds: number): Date | undefined {
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) return undefined;
  const at = new Date(Math.trunc(Number(text) * milliseconds));
  return at.getTime() > 0 ? at : undefined;
}

export function orderOf(alert: Alert, mapped: MappedFields['order']): number | undefined {
  if (mapped === undefined) return undefined;
  if (mapped.format !== 'number') {
    return timeOf(alert, { from: mapped.from, format: mapped.format })?.getTime();
  }
  const text = firstAt(alert, mapped.from)?.trim() ?? '';
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

export function labelsOf(alert: Alert, mapped: MappedFields): Readonly<Record<string, string>> {
  const given = (mapped.labelsFrom ?? []).flatMap((pointer) => pairsIn(valueAt(pointer, alert.place)));
  const own = Object.entries(mapped.labels ?? {}).map(([name, text]) => [name, textOf(alert, text)] as const);
  const labels = [...given, ...own].filter(
    (label): label is [string, string] => label[1] !== undefined && !alert.isMissing(label[1]),
  );
  return readLabels(Object.fromEntries(labels)) ?? {};
}

type Pair = readonly [name: string, value: string | undefined];

/** Names and values in any of the forms that tags come in. */
function pairsIn(value: unknown): readonly Pair[] {
  if (typeof value === 'string') return value.split(',').flatMap(pairIn);
  if (!Array.isArray(value)) return Object.entries(readLabels(value) ?? {});
  return value.flatMap((item): readonly Pair[] => {
    if (typeof item === 'string') return pairIn(item);
    const { name, key, value: given } = readLabels(item) ?? {};
    const label = name ?? key;
    return label === undefined ? [] : [[label, given]];
  });
}

/** `env:production` and `env=production`; a tag without a value says nothing that could be told apart. */
function pairIn(text: string): readonly Pair[] {
  const end = text.search(/[:=]/);
  const name = text.slice(0, Math.max(end, 0)).trim();
  return name === '' ? [] : [[name, text.slice(end + 1).trim()]];
}
