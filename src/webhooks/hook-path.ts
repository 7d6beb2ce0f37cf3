/** What `/hooks/<name>[/<url-secret>]` says. */
export interface HookPath {
  readonly name: string;
  readonly urlSecret: string | undefined;
}

/** Undefined for what is no such path. The secret may hold slashes: base64 does. */
export function readHookPath(target: string | undefined): HookPath | undefined {
  const path = URL.parse(target ?? '/', 'http://localhost')?.pathname;
  const [, encodedName = '', encodedSecret = ''] = /^\/hooks\/([^/]+)(?:\/(.*))?$/s.exec(path ?? '') ?? [];
  const name = decoded(encodedName);
  if (name === undefined || name === '') return undefined;
  return { name, urlSecret: encodedSecret === '' ? undefined : (decoded(encodedSecret) ?? encodedSecret) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
