import { type Endpoint, HttpProblem } from './endpoint.ts';

export interface Route {
  readonly endpoint: Endpoint;
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws HttpProblem 404, or 405 naming the methods there are */
export function findRoute(endpoints: readonly Endpoint[], method: string, path: string): Route {
  const here: string[] = [];
  for (const endpoint of endpoints) {
    const parameters = matchPaths(endpoint.paths, path);
    if (parameters === undefined) continue;
    if (endpoint.method === method) return { endpoint, parameters };
    here.push(endpoint.method);
  }
  if (here.length === 0) throw new HttpProblem(404, 'no such endpoint');
  throw new HttpProblem(405, 'method not allowed', { allow: here.join(', ') });
}

function matchPaths(paths: readonly string[], path: string): Record<string, string> | undefined {
  for (const pattern of paths) {
    const parameters = matchPath(pattern.split('/'), path.split('/'));
    if (parameters !== undefined) return parameters;
  }
  return undefined;
}

function matchPath(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? '';
    if (part.startsWith(':')) {
      const value = decoded(given);
      if (value === undefined || value === '') return undefined;
      parameters[part.slice(1)] = value;
    } else if (part !== given) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment).replaceAll('\0', '');
  } catch {
    return undefined;
  }
}
