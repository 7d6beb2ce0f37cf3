/**
 * What the deduplication key of every page of ours begins with. PagerDuty echoes the key as `incident_key` when it tells
 * of the incident: by this prefix the bot knows its own page and does not answer it with a second alert.
 */
export const ourDedupPrefix = 'countersign/';

/** Trigger, acknowledge and resolve of one group carry the same key. Events v2 takes at most 255 characters. */
export function dedupKeyOf(workspaceId: string, groupId: string): string {
  return `${ourDedupPrefix}${workspaceId}/${groupId}`;
}
