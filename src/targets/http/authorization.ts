import type { Secret } from '../../core/secret.ts';
import type { HttpConfig } from './http-config.ts';

/** The one header that shows who we are; made anew for each call, so that no value is kept beside its secret. */
export function authorization(auth: HttpConfig['auth']): Record<string, string> {
  if (auth?.bearer !== undefined) return { authorization: `Bearer ${auth.bearer.reveal()}` };
  if (auth?.basic !== undefined) {
    const { username, password } = auth.basic;
    const login = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
    return { authorization: `Basic ${login}` };
  }
  if (auth?.header !== undefined) return { [auth.header.name.toLowerCase()]: auth.header.value.reveal() };
  return {};
}

/** Every secret of the `http:` block, so that it can be removed from what the target says. */
export function secretsOf(auth: HttpConfig['auth']): Secret[] {
  return [auth?.bearer, auth?.basic?.password, auth?.header?.value].filter((secret) => secret !== undefined);
}
