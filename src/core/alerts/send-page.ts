import type { AlertSettings } from './alert-settings.ts';
import type { StoredGroup } from './group.ts';
import { dedupKeyOf } from './page.ts';
import type { Severity } from './severity.ts';
import type { SignalLink } from './signal.ts';

/** What people are paged for: a group of alerts, or an incident. */
export interface PageSubject {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly severity: Severity;
  readonly links: readonly SignalLink[];
}

export function pageSubject(group: StoredGroup): PageSubject {
  const { id, title, service, environment, severity, firing, links } = group;
  const where = [service, environment].filter((one) => one !== undefined && one !== '').join(', ');
  return {
    id,
    title,
    summary: `${severity.toUpperCase()} ${title}${where === '' ? '' : ` (${where})`}, ${firing} firing`,
    source: service || group.source,
    severity,
    links,
  };
}

/** What PagerDuty is told of a group. */
export interface OutgoingPage {
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedupKey: string;
  readonly summary: string;
  readonly source: string;
  readonly severity: Severity;
  readonly links: readonly SignalLink[];
  readonly clientUrl: string | undefined;
}

export interface SendPageContext {
  readonly workspaceId: string;
  readonly settings: () => { readonly alerts: Pick<AlertSettings, 'escalation'> };
  /** The oldest page of a group that waits; counts the attempt. No other process gets it until it is sent or put off. */
  readonly maybeNextPage: (
    groupId: string,
  ) => Promise<
    | { readonly id: number; readonly action: OutgoingPage['action']; readonly attempts: number }
    | { readonly freeInMilliseconds: number }
    | undefined
  >;
  readonly pageSent: (id: number, problem?: string) => Promise<void>;
  /** Lets go of it: it is sent later. */
  readonly pagePutOff: (id: number) => Promise<void>;
  readonly maybeSubject: (id: string) => Promise<PageSubject | undefined>;
  /** To its card or headline. */
  readonly cardLink: (id: string) => Promise<string | undefined>;
  /** Tells PagerDuty; `later`: it may not have arrived. */
  readonly send: (
    page: OutgoingPage,
    attempt: number,
  ) => Promise<
    | 'accepted'
    | { readonly kind: 'refused'; readonly why: string }
    | { readonly kind: 'later'; readonly afterMilliseconds: number; readonly why: string }
  >;
  /** Tries again what waits for this group. */
  readonly again: (groupId: string, afterMilliseconds: number) => Promise<void>;
  /** People are told, once, that nobody was paged. */
  readonly onRefused: (subject: PageSubject, pageId: number, why: string) => Promise<void>;
}

/**
 * Tells PagerDuty what it was not told yet of one group, in order: an acknowledgement that comes before its trigger would be
 * dropped there, and a trigger that comes after its resolve would open another incident, so that one process sends at a time.
 * Sending one twice is harmless, since all carry one deduplication key.
 */
export async function sendPages(groupId: string, context: SendPageContext): Promise<void> {
  for (;;) {
    if (context.settings().alerts.escalation.pagerduty === undefined) return;
    const page = await context.maybeNextPage(groupId);
    if (page === undefined) return;
    // Sent by another at this moment, who goes on with the next; looked at again for the case that it died.
    if ('freeInMilliseconds' in page) return context.again(groupId, page.freeInMilliseconds);
    const subject = await context.maybeSubject(groupId);
    if (subject === undefined) {
      await context.pageSent(page.id, 'what it was about is gone');
      continue;
    }
    const outcome = await context.send(await pageOf(subject, page.action, context), page.attempts);
    if (outcome === 'accepted') await context.pageSent(page.id);
    else if (outcome.kind === 'refused') {
      // Before it counts as done: a crash in between must not keep it from people.
      if (page.action === 'trigger') await context.onRefused(subject, page.id, outcome.why);
      await context.pageSent(page.id, outcome.why);
    } else {
      await context.pagePutOff(page.id);
      return context.again(groupId, outcome.afterMilliseconds);
    }
  }
}

async function pageOf(
  { id, summary, source, severity, links }: PageSubject,
  action: OutgoingPage['action'],
  { workspaceId, cardLink }: SendPageContext,
): Promise<OutgoingPage> {
  return {
    action,
    dedupKey: dedupKeyOf(workspaceId, id),
    summary,
    source,
    severity,
    links,
    // A page must not wait for its card.
    clientUrl: action === 'trigger' ? await cardLink(id).catch(() => undefined) : undefined,
  };
}
