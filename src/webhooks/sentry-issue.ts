import type { z } from 'zod';
import { readSeverity } from '../core/alerts/severity.ts';
import type { Signal } from '../core/alerts/signal.ts';
import { givenLinks } from './given-links.ts';
import {
  isObject,
  lenient,
  lenientObject,
  lenientText,
  lenientTime,
  lenientUnixSeconds,
  readText,
} from './lenient.ts';

/*
 * A Sentry issue is one group with one alert, whichever of Sentry's three ways it is heard of by: the issue's own
 * webhook, an alert rule that matched one of its events, or the old plugin.
 */

export function issueIdentity(issueId: string): Pick<Signal, 'groupKey' | 'fingerprint'> {
  return { groupKey: `sentry:issue:${issueId}`, fingerprint: `issue:${issueId}` };
}

/** One occurrence of an issue. */
export const sentryEventSchema = lenientObject({
  issue_id: lenientText,
  title: lenientText,
  message: lenientText,
  level: lenientText,
  culprit: lenientText,
  environment: lenientText,
  release: lenientText,
  datetime: lenientTime,
  timestamp: lenientUnixSeconds,
  received: lenientUnixSeconds,
  url: lenientText,
  web_url: lenientText,
  // Of an issue that is not an error, such as a slow query.
  occurrence: lenientObject({ issueTitle: lenientText, subtitle: lenientText, level: lenientText }),
  tags: lenient(readTags),
});
export type SentryEvent = NonNullable<z.infer<typeof sentryEventSchema>>;

/**
 * A rule that matched an event fires, and nothing says that it is over. The event's time is when it happened again, not
 * when the issue began, so it orders the signals and begins no episode. Sentry's own clock is asked first: `datetime`
 * is the clock of whatever broke.
 */
export function eventSignal(
  event: SentryEvent,
  {
    issueId,
    rule,
    project,
    url,
    quietMinutes,
  }: {
    issueId: string;
    rule: string | undefined;
    project: string | undefined;
    /** Of the issue, where the event has no page of its own. */
    url?: string | undefined;
    quietMinutes: number | undefined;
  },
): Signal {
  const tags = event.tags ?? {};
  const at = event.received ?? event.datetime ?? event.timestamp;
  return {
    status: 'firing',
    ...issueIdentity(issueId),
    severity: readSeverity(event.level ?? event.occurrence?.level ?? tags.level),
    title: event.title ?? event.occurrence?.issueTitle ?? event.message ?? `Sentry issue ${issueId}`,
    summary: event.occurrence?.subtitle ?? event.culprit,
    service: tags.service ?? project,
    tenant: tags.tenant,
    environment: event.environment ?? tags.environment,
    labels: given({ project, rule, release: event.release, ...tags }),
    links: givenLinks(['Event', event.web_url], ['Issue', url]),
    order: at?.getTime(),
    quietMinutes,
  };
}

/** The texts among them that are there. */
export function given(labels: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Pairs `[name, value]`. Those about the user who met the error (`user`, `user.email`) are nobody's business in a channel. */
function readTags(value: unknown): Record<string, string> | undefined {
  if (!Array.isArray(value)) return undefined;
  const tags: Record<string, string> = {};
  for (const tag of value as unknown[]) {
    const [name, text] = (Array.isArray(tag) ? tag : isObject(tag) ? [tag.key, tag.value] : []).map(readText);
    if (name !== undefined && text !== undefined && !/^user(\.|$)/i.test(name)) tags[name] = text;
  }
  return tags;
}
