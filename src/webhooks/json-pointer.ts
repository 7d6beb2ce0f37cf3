/*
 * JSON pointers (RFC 6901) with two additions of ours, because a pointer alone cannot say them: a step `[name=env]` is the
 * first item of a list whose `name` is `env` (tags come so), and a pointer that begins with `^` starts at the whole body
 * where others start at one alert of it.
 */

export type Step = { readonly key: string } | { readonly where: string; readonly is: string };

export interface Pointer {
  /** As it was written. */
  readonly text: string;
  readonly fromBody: boolean;
  readonly steps: readonly Step[];
}

/** What a pointer is read from: one alert, and the body it came in. The same where a body is one alert. */
export interface Place {
  readonly alert: unknown;
  readonly body: unknown;
}

/** @returns the pointer, or what is wrong with the text. */
export function readPointer(text: string): Pointer | { readonly mistake: string } {
  const fromBody = text.startsWith('^');
  const path = fromBody ? text.slice(1) : text;
  if (path === '') return { text, fromBody, steps: [] };
  if (!path.startsWith('/')) {
    return { mistake: `"${text}" is not a JSON pointer: begin it with "/", as in "/monitor/id"` };
  }
  const steps: Step[] = [];
  for (const part of path.slice(1).split('/')) {
    if (/~(?![01])/.test(part)) {
      return { mistake: `"${text}" is not a JSON pointer: write "~" as "~0" and a "/" inside a key as "~1"` };
    }
    const written = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const chosen = /^\[([^=\]]+)=([^\]]*)\]$/.exec(written);
    steps.push(chosen === null ? { key: written } : { where: chosen[1]!, is: chosen[2]! });
  }
  return { text, fromBody, steps };
}

/** What stands there; undefined where nothing does. Own keys only: `/constructor` is found in no body. */
export function valueAt(pointer: Pointer, { alert, body }: Place): unknown {
  let value = pointer.fromBody ? body : alert;
  for (const step of pointer.steps) {
    value = 'key' in step ? child(value, step.key) : chosenItem(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

/** A container's own value under a key, of a list by its index. */
export function child(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(key) ? value[Number(key)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function chosenItem(value: unknown, { where, is }: { where: string; is: string }): unknown {
  if (!Array.isArray(value)) return undefined;
  return value.find((item) => {
    const found = child(item, where);
    return typeof found === 'object' || found === undefined ? false : String(found) === is;
  });
}
