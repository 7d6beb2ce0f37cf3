/** Paths put together from configuration and outside values, so that a value can never become another path. */

/**
 * A value as one path segment, or undefined when it could be read as more than that: empty, with control
 * characters, or with `.` or `..` between slashes, also where a proxy on the way decodes once more.
 *
 * @example pathSegment('a/b c') // a%2Fb%20c
 * @example pathSegment('../settings') // undefined
 */
export function pathSegment(value: string): string | undefined {
  if (value === '' || !value.isWellFormed() || /\p{Cc}/u.test(value)) return undefined;
  if (climbs(value) || climbs(decodedOnce(value))) return undefined;
  return encodeURIComponent(value);
}

function climbs(text: string): boolean {
  // `?`, `#` and `;` end a segment for whoever decodes before routing (Tomcat reads "..;" as "..").
  return text.split(/[/\\?#;]/).some((part) => part === '.' || part === '..');
}

function decodedOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Adds query parameters, skipping those without a value. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  if (parameters.size === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${parameters}`;
}

/** Without the query, which may name people or hold what was searched for. */
export function withoutQuery(path: string): string {
  const start = path.indexOf('?');
  return start === -1 ? path : path.slice(0, start);
}

const longId = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})$/i;

/** As people read it: without the query, long ids cut to their first eight characters. */
export function shownPath(path: string): string {
  return withoutQuery(path)
    .split('/')
    .map((segment) => (longId.test(segment) ? `${segment.slice(0, 8)}…` : segment))
    .join('/');
}
