import { z } from 'zod';
import { refused } from './authorization.ts';
import { isHmacSha256Hex, readHeader } from './proofs.ts';
import { parseIntegration } from './sentry-integration.ts';
import { isLegacy, parseLegacy } from './sentry-legacy.ts';
import { type SourceKind, UnreadableDelivery } from './source-kind.ts';

const options = z.strictObject({
  /** An issue that only alert rules report counts as over after this long without another event. Default: 1440, a day. */
  quietMinutes: z.number().int().min(1).max(525_600).default(1440),
  /** The integration is subscribed to `issue`: Sentry says itself when one is over, however long it is quiet. Default: false. */
  hearsResolves: z.boolean().default(false),
});
type SentryOptions = z.infer<typeof options>;

/**
 * Sentry: an integration of its platform (getsentry/sentry `app_platform_event.py`, docs "Integration Platform,
 * Webhooks"), or the old "WebHooks" plugin.
 *
 * - The signature is 64 hex digits over the body, with the client secret. The sample code of the documentation hashes
 *   `JSON.stringify(body)`, which breaks: Sentry writes `é` as `\u00e9` and `1772443217.0` (getsentry/sentry#31012, #71025).
 * - `Sentry-Hook-Timestamp` is not signed, and `Request-ID` is new on every attempt: neither keeps a replay out.
 * - It waits one second for the answer, and an internal integration gets no second attempt.
 * - `event_alert` never resolves. `issue`, if the integration is subscribed to it, does, for the same issue;
 *   a `metric_alert` has a resolve of its own.
 * - The plugin signs nothing: with `secrets` set it is refused. Give it a source of its own, without them and with
 *   `urlSecrets`.
 */
export const sentry: SourceKind<SentryOptions> = {
  kind: 'sentry',
  options,

  verify({ headers, body }, { secrets }) {
    if (secrets.length === 0) return { kind: 'unsigned' };
    const signature = readHeader(headers, 'sentry-hook-signature');
    if (signature === undefined) {
      return refused(
        'It has no "Sentry-Hook-Signature" header. If the "WebHooks" plugin sent it, give the plugin a source of its ' +
          'own, with "urlSecrets" and without "secrets".',
      );
    }
    return secrets.some((secret) => isHmacSha256Hex(signature, secret, body))
      ? { kind: 'proven' }
      : refused('Its signature was made with another secret, or over other bytes.');
  },

  parse(json, delivery, { options: { quietMinutes, hearsResolves } }) {
    const resource = readHeader(delivery.headers, 'sentry-hook-resource');
    if (resource !== undefined) {
      return parseIntegration(json, delivery, {
        resource,
        quietMinutes: hearsResolves ? undefined : quietMinutes,
      });
    }
    if (isLegacy(json)) return parseLegacy(json, quietMinutes);
    throw new UnreadableDelivery(
      'It has no "Sentry-Hook-Resource" header, nor is the body what the "WebHooks" plugin sends.',
    );
  },
};
