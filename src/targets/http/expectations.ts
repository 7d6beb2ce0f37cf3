import { isDeepStrictEqual } from 'node:util';
import type { Json, OperationReading } from '../../command.ts';
import { boundedText } from '../../core/parse/clean-text.ts';
import type { Secret } from '../../core/secret.ts';
import { pointedAt } from './pointed-at.ts';
import { filledTemplate, type ParameterValues, type Template } from './template.ts';

type Finding = OperationReading['findings'][number];

/** `{ max: 100 }`, `{ min: 1 }` or both: an object of nothing else. Undefined: a value that must be the very same. */
export function maybeBounds(
  expected: unknown,
): { readonly min?: unknown; readonly max?: unknown } | undefined {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) return undefined;
  const keys = Object.keys(expected);
  return keys.length > 0 && keys.every((key) => key === 'min' || key === 'max') ? expected : undefined;
}

/**
 * Holds an answer against what is expected of it. What is not there is unclear: never well, and not the contrary.
 * @param masked the same answer without what nobody may read; values are shown from it.
 */
export function judged(
  answer: Json,
  masked: Json,
  expect: Readonly<Record<string, unknown>>,
  values: ParameterValues,
  redact: (text: string) => string,
): Finding[] {
  return Object.entries(expect).flatMap(([where, template]): Finding[] => {
    const expected = filledTemplate(template as Template, values, (secret: Secret) => secret.reveal());
    const actual = pointedAt(answer, where);
    const shown = shownValue(pointedAt(masked, where), redact);
    const bounds = maybeBounds(template) === undefined ? undefined : maybeBounds(expected);
    if (maybeBounds(template) !== undefined) {
      // Its parameters were left out: nothing is asked of it this time.
      if (bounds === undefined) return [];
      return [within(where, actual, shown, bounds as { min?: number; max?: number })];
    }
    if (isLeftOut(template, values)) return [];
    const words = `expected ${shownValue(expected, redact)}`;
    if (actual === undefined) return [unclear(where, words)];
    const holds = isDeepStrictEqual(actual, expected) ? 'yes' : 'no';
    const isSaid = holds === 'yes' ? '' : `, ${words}`;
    return [{ holds, sentence: `${where} is ${shown}${isSaid}` }];
  });
}

function within(
  where: string,
  actual: Json | undefined,
  shown: string,
  { min, max }: { readonly min?: number; readonly max?: number },
): Finding {
  const range = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join(' and ');
  const words = `expected ${range}`;
  if (actual === undefined) return unclear(where, words);
  const sentence = `${where} is ${shown}, ${words}`;
  if (typeof actual !== 'number') return { holds: 'unclear', sentence };
  const holds = (min === undefined || actual >= min) && (max === undefined || actual <= max) ? 'yes' : 'no';
  return { holds, sentence };
}

function unclear(where: string, words: string): Finding {
  return { holds: 'unclear', sentence: `${where} is not there, ${words}` };
}

/** A whole value whose optional parameter was not given. */
function isLeftOut(template: unknown, values: ParameterValues): boolean {
  const name = typeof template === 'string' ? /^\{\{\s*([\w-]+)\s*\}\}$/.exec(template)?.[1] : undefined;
  return name !== undefined && !values.has(name);
}

/** A value as people read it in a sentence, without secrets. */
export function shownValue(value: Json | undefined, redact: (text: string) => string): string {
  return value === undefined ? 'not there' : boundedText(redact(JSON.stringify(value)), 80);
}
