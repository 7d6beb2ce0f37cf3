/** Who someone is and which groups they are in, as read from Slack at a known time. */

export interface PersonFacts {
  readonly id: string;
  readonly name: string;
  readonly isBot: boolean;
  readonly isDeactivated: boolean;
  readonly isGuest: boolean;
  /** An account of another workspace, seen through a shared channel. */
  readonly isForeign: boolean;
}

/** What was read, or why it could not be. Unreadable is never the same as "nobody" or "no such thing". */
export type Reading<Value> =
  | { readonly isReadable: true; readonly value: Value; readonly readAt: Date }
  | {
      readonly isReadable: false;
      /** Completes "cannot be read: …". */
      readonly reason: string;
    };

export interface ReadingOptions {
  /** Do not use a cached reading older than this. Default and most: 60. 0 asks Slack. */
  readonly maxAgeSeconds?: number;
}

/** Reads people and groups. Never rejects: what cannot be read says so. */
export interface Membership {
  person(id: string, options?: ReadingOptions): Promise<Reading<PersonFacts>>;
  /** The user ids in a user group. */
  group(id: string, options?: ReadingOptions): Promise<Reading<readonly string[]>>;
}

/** Everything one decision needs to know, read before it so that deciding is pure. */
export interface MembershipSnapshot {
  readonly people: ReadonlyMap<string, Reading<PersonFacts>>;
  readonly groups: ReadonlyMap<string, Reading<readonly string[]>>;
}

interface RolesOfGroups {
  readonly roles: Readonly<Record<string, { readonly usergroups: readonly string[] }>>;
  readonly onCall?: { readonly usergroups: readonly string[] } | undefined;
}

/** People from the command line have no Slack account: they are who the machine's login says. */
export function isFromCommandLine(personId: string): boolean {
  return personId.startsWith('cli:');
}

/** Reads the named people and every group that any role uses, all at once. */
export async function readMembership(
  membership: Membership,
  settings: RolesOfGroups,
  personIds: readonly string[],
  options?: ReadingOptions,
): Promise<MembershipSnapshot> {
  const people = [...new Set(personIds)].filter((id) => !isFromCommandLine(id));
  const named = [...Object.values(settings.roles), ...(settings.onCall ? [settings.onCall] : [])];
  const groups = [...new Set(named.flatMap((role) => role.usergroups))];
  const [peopleRead, groupsRead] = await Promise.all([
    Promise.all(people.map(async (id) => [id, await membership.person(id, options)] as const)),
    Promise.all(groups.map(async (id) => [id, await membership.group(id, options)] as const)),
  ]);
  return { people: new Map(peopleRead), groups: new Map(groupsRead) };
}
