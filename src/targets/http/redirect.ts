/** Where a redirect leads, when that is still inside what the settings allow; else the host it wanted, for people. */
export type Redirect = { readonly path: string } | { readonly elsewhere: string };

export const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Off the origin or out of its path prefix our credential would go to someone the settings do not name.
 * @param base origin and path prefix of the target, without a slash at its end.
 */
export function readRedirect(base: string, from: string, location: string | undefined): Redirect {
  const origin = new URL(base).origin;
  if (location === undefined || !URL.canParse(location, origin + from)) return { elsewhere: 'nowhere' };
  const url = new URL(location, origin + from);
  if (url.origin !== origin) return { elsewhere: `another host ("${url.host.slice(0, 100)}")` };
  const prefix = new URL(base).pathname.replace(/\/$/, '');
  if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`)) {
    return { elsewhere: 'another part of its host' };
  }
  return { path: url.pathname + url.search };
}
