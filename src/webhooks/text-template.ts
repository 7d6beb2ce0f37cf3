import { type Place, type Pointer, readPointer, valueAt } from './json-pointer.ts';

/** Text with values in it: `{/monitor/name} is down`. `{{` and `}}` are braces. */
export interface Template {
  readonly text: string;
  readonly parts: readonly (string | Pointer)[];
}

/** @returns the template, or what is wrong with the text. */
export function readTemplate(text: string): Template | { readonly mistake: string } {
  const parts: (string | Pointer)[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[0] === '{{' || match[0] === '}}') {
      parts.push(match[0][0]!);
    } else if (match[1] === undefined) {
      return {
        mistake: `"${text}" has a lone "${match[0]}": write "${match[0]}${match[0]}" for the character`,
      };
    } else {
      const pointer = readPointer(match[1]);
      if ('mistake' in pointer) return pointer;
      parts.push(pointer);
    }
  }
  parts.push(text.slice(from));
  return { text, parts: parts.filter((part) => part !== '') };
}

/** What counts as not there, beside what is not there. */
export type IsMissing = (text: string) => boolean;

/**
 * The text; undefined where none of the values it is made of is there. One of several that is missing is left out.
 * @returns `isWhole`: nothing was missing.
 */
export function fill(
  template: Template,
  place: Place,
  isMissing: IsMissing,
): { readonly text: string; readonly isWhole: boolean } | undefined {
  const pointers = template.parts.filter((part) => typeof part !== 'string');
  const values = new Map(pointers.map((pointer) => [pointer, scalarAt(pointer, place, isMissing)]));
  const found = [...values.values()].filter((value) => value !== undefined).length;
  if (pointers.length > 0 && found === 0) return undefined;
  return {
    text: template.parts.map((part) => (typeof part === 'string' ? part : (values.get(part) ?? ''))).join(''),
    isWhole: found === values.size,
  };
}

/** Text, a number or a truth value as text. An object or a list is no text. */
export function scalarAt(pointer: Pointer, place: Place, isMissing: IsMissing): string | undefined {
  const value = valueAt(pointer, place);
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value);
  return isMissing(text) ? undefined : text;
}
