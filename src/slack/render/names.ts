import type { Membership } from '../../core/policy/membership.ts';

/** The names of those Slack names now; everybody else is shown by id. */
export async function readNames(
  ids: readonly string[],
  membership: Membership,
): Promise<Map<string, string>> {
  const people = [...new Set(ids)].filter((id) => /^[UW][A-Z0-9]+$/.test(id));
  const readings = await Promise.all(people.map(async (id) => [id, await membership.person(id)] as const));
  return new Map(
    readings.flatMap(([id, reading]) => (reading.isReadable ? [[id, reading.value.name] as const] : [])),
  );
}
