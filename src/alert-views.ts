import type { Pool } from 'pg';
import type { AlertSettings } from './core/alerts/alert-settings.ts';
import { differingLabels } from './core/alerts/differing-labels.ts';
import type { DigestView, GroupView, StoredGroup } from './core/alerts/group.ts';
import { guideFor } from './core/alerts/guide.ts';
import { routingOf, suggestionFor } from './core/alerts/route.ts';
import type { TargetOffer } from './core/choose-target.ts';
import type { Runbook } from './core/runbooks/runbook.ts';
import { maybeDelivery } from './postgres/alerts/deliveries.ts';
import { digestView } from './postgres/alerts/digests.ts';
import { maybeGroup, newestMembers } from './postgres/alerts/groups.ts';
import { maybeSilence } from './postgres/alerts/silences.ts';
import { tenantNames } from './postgres/alerts/tenants.ts';
import { maybeGroupReceipt } from './postgres/receipts.ts';

export interface AlertViewsContext {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly settings: () => { readonly alerts: Pick<AlertSettings, 'routes'> };
  /** Link to a message of ours once it is posted. */
  readonly permalink: (messageId: string) => Promise<string | undefined>;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  readonly targets: () => readonly TargetOffer[];
  /** Without anything secret. */
  readonly redact: (text: string) => string;
}

/** Enough to tell a group's alerts apart by; the counts do not rest on it. */
const membersRead = 200;

/** A group with everything its card shows, as it stands at this moment. */
export async function maybeGroupView(id: string, context: AlertViewsContext): Promise<GroupView | undefined> {
  const { pool, workspaceId } = context;
  const stored = await maybeGroup(pool, workspaceId, id);
  if (stored === undefined) return undefined;
  const group = named(stored);
  const { runbook, suggest } = routingOf(group, context.settings().alerts.routes);
  const [members, silence, receipt, incidentLink, names] = await Promise.all([
    group.firing + group.resolved > 1 ? newestMembers(pool, workspaceId, id, membersRead) : [],
    group.silenceId === undefined ? undefined : maybeSilence(pool, workspaceId, group.silenceId),
    maybeGroupReceipt(pool, workspaceId, id),
    group.incidentId === undefined ? undefined : context.permalink(`incident:${group.incidentId}:headline`),
    tenantNames(pool, workspaceId, group.tenant === undefined ? [] : [group.tenant]),
  ]);
  const firing = members.filter(({ state }) => state === 'firing');
  return {
    group: {
      ...group,
      tenant: names.get(group.tenant ?? '') ?? group.tenant,
      links: withRunbook(group, runbook),
    },
    differing: differingLabels(firing.length > 0 ? firing : members),
    mentions: group.cardMentions,
    silence,
    incidentLink,
    suggestion:
      suggest === undefined || group.state === 'resolved' ? undefined : suggestionFor(suggest, group),
    guide: group.state === 'resolved' ? undefined : guideFor(group, context.runbooks, context.targets()),
    receipt,
    pagedAt: group.pagedAt,
  };
}

/** Alerts that name different services together name none. */
function named(group: StoredGroup): StoredGroup {
  return {
    ...group,
    service: group.service || undefined,
    tenant: group.tenant || undefined,
    environment: group.environment || undefined,
  };
}

/** The operator's own runbook comes before one an alert names. */
function withRunbook({ links }: StoredGroup, runbook: string | undefined): StoredGroup['links'] {
  if (runbook === undefined) return links;
  return [{ label: 'Runbook', url: runbook }, ...links.filter(({ label }) => label !== 'Runbook')];
}

/** What a group's card suggests to run, as it stands now. */
export async function maybeSuggestion(id: string, context: AlertViewsContext): Promise<string | undefined> {
  return (await maybeGroupView(id, context))?.suggestion?.invocation;
}

export function maybeDigestView(
  id: number,
  { pool, workspaceId }: AlertViewsContext,
): Promise<DigestView | undefined> {
  return digestView(pool, workspaceId, id);
}

/** The delivery that spoke of the group last, as it came, without secrets. Undefined once it was pruned. */
export async function maybeRaw(
  groupId: string,
  { pool, workspaceId, redact }: AlertViewsContext,
): Promise<{ readonly body: string; readonly receivedAt: Date } | undefined> {
  const group = await maybeGroup(pool, workspaceId, groupId);
  if (group?.deliveryId === undefined) return undefined;
  const delivery = await maybeDelivery(pool, workspaceId, group.deliveryId);
  return delivery && { body: redact(delivery.body.toString('utf8')), receivedAt: delivery.receivedAt };
}
