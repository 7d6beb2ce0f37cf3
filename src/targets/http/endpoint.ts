import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import { pathSegment } from './path.ts';

/** One call of a target's HTTP interface, written `PATCH /api/tenants/:id/suspend`. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
}

const written = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/;
const placeholder = /:([A-Za-z][A-Za-z0-9]*)/g;

/**
 * The setting of an endpoint.
 * @param standard the default, and the example in what people are told of a mistake.
 */
export function endpoint(standard: string) {
  const isRead = standard.startsWith('GET ');
  const names = placeholdersIn(standard);
  return z
    .string()
    .superRefine((text, context) => {
      const mistake = endpointMistake(text, isRead, names, standard);
      if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
    })
    .transform(readEndpoint)
    .prefault(standard);
}

function endpointMistake(
  text: string,
  isRead: boolean,
  names: readonly string[],
  standard: string,
): string | undefined {
  const parts = written.exec(text);
  if (parts === null) return `must be a method and a path, like "${standard}"`;
  const path = parts[2]!;
  const pathProblem = pathMistake(path);
  if (pathProblem !== undefined) return pathProblem;
  if (isRead && parts[1] !== 'GET') return `only reads, so its method must be GET, like "${standard}"`;
  if (!isRead && parts[1] === 'GET')
    return `changes something, so its method cannot be GET; see "${standard}"`;
  const given = placeholdersIn(path);
  const missing = names.find((name) => !given.includes(name));
  if (missing !== undefined) return `must say where ":${missing}" goes, like "${standard}"`;
  const unknown = given.find((name) => !names.includes(name));
  return unknown === undefined ? undefined : `names ":${unknown}", which has no value here`;
}

/** What makes a configured path unusable. */
export function pathMistake(path: string): string | undefined {
  if (!/^\/(?!\/)[\x21-\x7e]*$/.test(path) || path.includes('#') || path.includes('\\')) {
    return 'must have a path that begins with one "/" and holds no spaces, "#" or "\\"';
  }
  const segments = path.split('?')[0]!.split('/');
  const isClimbing = segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
  return isClimbing ? 'must not hold "." or ".." as a part of its path' : undefined;
}

function placeholdersIn(text: string): string[] {
  return [...text.matchAll(placeholder)].map((match) => match[1]!);
}

function readEndpoint(text: string): Endpoint {
  const [method, path] = text.split(' ') as [Endpoint['method'], string];
  return { method, path };
}

/**
 * The path with ids in place.
 * @throws Fault `target_unusable_id` when a target's own id could be read as another path.
 */
export function filledPath({ path }: Endpoint, values: Readonly<Record<string, string>> = {}): string {
  return path.replace(placeholder, (_, name: string) => {
    const segment = pathSegment(values[name] ?? '');
    if (segment === undefined) {
      throw new Fault('target_unusable_id', `the id ${JSON.stringify(values[name])} cannot stand in a path`);
    }
    return segment;
  });
}
