import type { Json } from '../../command.ts';
import { Secret } from '../../core/secret.ts';
import { pathSegment } from './path.ts';

/** Text with `{{name}}` in it, and JSON of such texts, in which a secret stands by its name. */
export type Template =
  | null
  | boolean
  | number
  | string
  | Secret
  | readonly Template[]
  | { readonly [key: string]: Template };

export type ParameterValue = string | number | boolean;
/** An optional parameter that was left out has no entry. */
export type ParameterValues = ReadonlyMap<string, ParameterValue>;

const placeholder = /\{\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}\}/g;
const wholePlaceholder = /^\{\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}\}$/;

/** Where a parameter is used; only a `whole` value can be left out when the parameter is. */
export interface Use {
  readonly name: string;
  readonly isWhole: boolean;
}

export function usesInText(text: string): Use[] {
  const isWhole = wholePlaceholder.test(text);
  return [...text.matchAll(placeholder)].map((match) => ({ name: match[1]!, isWhole }));
}

export function usesInTemplate(template: Template): Use[] {
  if (typeof template === 'string') return usesInText(template);
  if (typeof template !== 'object' || template === null || template instanceof Secret) return [];
  return Object.values(template).flatMap(usesInTemplate);
}

/** A query's values, as name and template. */
export function queryOf(path: string): (readonly [string, string])[] {
  const start = path.indexOf('?');
  if (start === -1) return [];
  return path
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

export function usesInPath(path: string): Use[] {
  const segments = path.split('?')[0]!;
  return [
    ...usesInText(segments).map((use) => ({ ...use, isWhole: false })),
    ...queryOf(path).flatMap(([, value]) => usesInText(value)),
  ];
}

/**
 * The path with its parameters, each percent-encoded where it stands.
 * @param onUnusable called with the name of a parameter whose value could be read as another path.
 */
export function filledTemplatePath(
  path: string,
  values: ParameterValues,
  onUnusable: (name: string) => never,
): string {
  const segments = path
    .split('?')[0]!
    .split('/')
    .map((segment) => filledSegment(segment, values, onUnusable))
    .join('/');
  const query = queryOf(path).flatMap(([name, template]) => {
    const whole = wholePlaceholder.exec(template);
    if (whole !== null && !values.has(whole[1]!)) return [];
    const value = template.replace(placeholder, (_, used: string) =>
      encodeURIComponent(String(values.get(used) ?? '')),
    );
    return [`${name}=${value}`];
  });
  return query.length === 0 ? segments : `${segments}?${query.join('&')}`;
}

function filledSegment(
  segment: string,
  values: ParameterValues,
  onUnusable: (name: string) => never,
): string {
  let last = '';
  const filled = segment.replace(placeholder, (_, name: string) => {
    last = name;
    return pathSegment(String(values.get(name) ?? '')) ?? onUnusable(name);
  });
  // Two harmless values beside each other, or beside a dot, can make "..".
  return last !== '' && /^\.{1,2}$/.test(filled) ? onUnusable(last) : filled;
}

/** The body with its parameters. `secretValue` decides whether a secret's name or its value goes in. */
export function filledTemplate(
  template: Template,
  values: ParameterValues,
  secretValue: (secret: Secret) => string,
): Json {
  if (template instanceof Secret) return secretValue(template);
  if (typeof template === 'string') {
    const whole = wholePlaceholder.exec(template);
    if (whole !== null) return values.get(whole[1]!) ?? null;
    return template.replace(placeholder, (_, name: string) => String(values.get(name) ?? ''));
  }
  if (typeof template !== 'object' || template === null) return template;
  const isLeftOut = (child: Template): boolean => {
    const whole = typeof child === 'string' ? wholePlaceholder.exec(child) : null;
    return whole !== null && !values.has(whole[1]!);
  };
  if (Array.isArray(template)) {
    return template
      .filter((child: Template) => !isLeftOut(child))
      .map((child: Template) => filledTemplate(child, values, secretValue));
  }
  return Object.fromEntries(
    Object.entries(template)
      .filter(([, child]) => !isLeftOut(child))
      .map(([key, child]) => [key, filledTemplate(child, values, secretValue)]),
  );
}
