import { z } from 'zod';
import type { ParsedDelivery } from '../core/alerts/signal.ts';
import { isObject, lenient, lenientText, readOrRefuse, readText } from './lenient.ts';
import { eventSignal, sentryEventSchema } from './sentry-issue.ts';
import { UnreadableDelivery } from './source-kind.ts';

/** Without headers of its own it is known by its body. */
export function isLegacy(json: unknown): boolean {
  return isObject(json) && json.project_slug !== undefined && isObject(json.event);
}

const schema = z.object({
  /** Of the issue, not of the event. */
  id: lenientText,
  project_slug: lenientText,
  level: lenientText,
  culprit: lenientText,
  message: lenientText,
  url: lenientText,
  triggering_rules: lenient((value) => (Array.isArray(value) ? readText(value[0]) : undefined)),
  event: sentryEventSchema,
});

/**
 * The old "WebHooks" plugin (getsentry/sentry `legacy_webhook/service.py`): no signature, no headers of its own, not sent
 * again, and never a word when the issue is resolved.
 */
export function parseLegacy(json: unknown, quietMinutes: number): ParsedDelivery {
  const read = readOrRefuse(schema, json, 'what Sentry\'s "WebHooks" plugin sends');
  if (read.id === undefined) {
    throw new UnreadableDelivery(
      'The body has no "id" of the issue, which Sentry\'s "WebHooks" plugin sends.',
    );
  }
  const { level, culprit, message } = read;
  const event = { ...read.event };
  const signal = eventSignal(
    {
      ...event,
      level: level ?? event.level,
      culprit: culprit ?? event.culprit,
      title: event.title ?? message,
    },
    {
      issueId: read.id,
      rule: read.triggering_rules,
      project: read.project_slug,
      url: read.url,
      quietMinutes,
    },
  );
  return { event: 'legacy.triggered', isKnown: true, signals: [signal] };
}
