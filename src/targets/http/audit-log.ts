import { z } from 'zod';
import type { AuditLogEntry, AuditLogFilter } from '../../command.ts';
import type { Endpoint } from './endpoint.ts';
import { filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { withQuery } from './path.ts';
import { time } from './shapes.ts';

const answer = z.object({
  entries: z.array(
    z.object({
      id: z.coerce.string(),
      at: time,
      actor: z.string().nullish(),
      action: z.string(),
      section: z.string().nullish(),
      changed: z.array(z.string()).nullish(),
    }),
  ),
});

const usualLimit = 20;

/** The target's own audit log of one entity, newest first. */
export async function readAuditLog(
  http: HttpClient,
  endpoint: Endpoint,
  entity: { readonly kind: 'tenant' | 'settings'; readonly id: string },
  { action, section, since, limit = usualLimit }: AuditLogFilter,
): Promise<readonly AuditLogEntry[]> {
  const path = withQuery(filledPath(endpoint), {
    entity: entity.kind,
    entityId: entity.id,
    section,
    action,
    since: since?.toISOString(),
    limit,
  });
  const { entries } = await http.get(path, answer);
  return (
    entries
      // A target that does not know a filter leaves it out silently; what it then adds is not what was asked for.
      .filter((entry) => action === undefined || entry.action === action)
      .filter((entry) => section === undefined || entry.section === section)
      .filter((entry) => since === undefined || entry.at.getTime() >= since.getTime())
      .sort((left, right) => right.at.getTime() - left.at.getTime())
      .slice(0, limit)
      .map(({ id, at, actor, action: did, section: where, changed }) => ({
        id,
        at,
        actor: actor ?? 'unknown',
        action: did,
        section: where ?? undefined,
        changed: changed ?? [],
      }))
  );
}
