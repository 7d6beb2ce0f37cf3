/** Deep enough for any route; what lies below is a parameter. */
const mostSegments = 12;

/**
 * The route behind a path: without its query, where tokens stand, and with `:id` for what differs from call to call.
 *
 * @example pathTemplate('/api/tenants/65f0c0ffee0000000000a001/sales?token=x') // '/api/tenants/:id/sales'
 */
export function pathTemplate(path: string): string {
  const [route = ''] = path.slice(0, 2_000).split(/[?#;]/, 1);
  const segments = route.split('/').filter((segment) => segment !== '');
  const shown = segments.slice(0, mostSegments).map((segment) => (isRouteWord(segment) ? segment : ':id'));
  return `/${shown.join('/')}${segments.length > mostSegments ? '/…' : ''}`;
}

/** Letters, dashes and a version number: `sales`, `sync-status`, `v2`. Anything else may be an id, a token or an address. */
function isRouteWord(segment: string): boolean {
  return segment.length <= 40 && /^(?:v\d{1,2}|[a-z]+(?:[-_.][a-z]+)*)$/i.test(segment) && !isToken(segment);
}

/** Twelve hexadecimal letters or more are an id by chance without a digit. */
function isToken(segment: string): boolean {
  return /^[a-f]{12,}$/i.test(segment);
}
