import { z } from 'zod';
import type { Membership, PersonFacts, Reading, ReadingOptions } from '../core/policy/membership.ts';
import type { VolatileStore } from '../core/volatile-store.ts';

/** The part of a `WebClient` that reading people needs. */
export interface SlackReader {
  apiCall(method: string, args: Record<string, unknown>): Promise<unknown>;
}

/** Signatures count only members seen within 60 s of the click, so nothing older is ever kept. */
const longestAgeSeconds = 60;

/** https://docs.slack.dev/reference/objects/user-object — "false, or the field may not appear at all". */
const userAnswer = z.object({
  user: z.object({
    id: z.string(),
    team_id: z.string().optional(),
    name: z.string().optional(),
    real_name: z.string().optional(),
    deleted: z.boolean().default(false),
    is_bot: z.boolean().default(false),
    is_workflow_bot: z.boolean().default(false),
    is_restricted: z.boolean().default(false),
    is_ultra_restricted: z.boolean().default(false),
    is_stranger: z.boolean().default(false),
    enterprise_user: z.object({ teams: z.array(z.string()).default([]) }).optional(),
    profile: z.object({ display_name: z.string().optional() }).optional(),
  }),
});
const groupAnswer = z.object({ users: z.array(z.string()) });

/** The cache is outside input like any other: what does not look like our own writing is read again. */
const keptFacts = z.object({
  id: z.string(),
  name: z.string(),
  isBot: z.boolean(),
  isDeactivated: z.boolean(),
  isGuest: z.boolean(),
  isForeign: z.boolean(),
}) satisfies z.ZodType<PersonFacts>;
const keptMembers = z.array(z.string());
/** Built once: building a schema costs hundreds of times what checking with it does, and a card reads everyone who could sign. */
const kept = <Value>(value: z.ZodType<Value>) => z.object({ readAt: z.iso.datetime(), value });
const keptPerson = kept<PersonFacts>(keptFacts);
const keptGroup = kept<readonly string[]>(keptMembers);
type Kept<Value> = z.ZodType<{ readAt: string; value: Value }>;

export interface SlackMembershipOptions {
  readonly slack: SlackReader;
  readonly store: VolatileStore;
  /** Our workspace (`T…`): accounts of any other are foreign. */
  readonly teamId: string;
  readonly now: () => Date;
  /** After this a reading counts as unreadable. Default 2,500: what waits for it has a trigger that lives 3 s. */
  readonly timeoutMilliseconds?: number;
}

/** Reads people and groups from Slack and keeps what was read for at most 60 s; failures are never kept. */
export function createSlackMembership(options: SlackMembershipOptions): Membership {
  const { slack, store, teamId, now, timeoutMilliseconds = 2_500 } = options;
  /** Calls under way, so that a crowd asking for the same group at once asks Slack once. */
  const underWay = new Map<string, Promise<Reading<unknown>>>();

  async function read<Value>(
    key: string,
    kept: Kept<Value>,
    ask: () => Promise<Value>,
    { maxAgeSeconds = longestAgeSeconds }: ReadingOptions = {},
  ): Promise<Reading<Value>> {
    const cached = await maybeCached(key, kept, Math.min(maxAgeSeconds, longestAgeSeconds));
    if (cached !== undefined) return cached;
    // Someone who wants no cached reading must not get one that was asked for earlier, either.
    if (maxAgeSeconds <= 0) return await askAndKeep(key, ask);
    let asking = underWay.get(key) as Promise<Reading<Value>> | undefined;
    if (asking === undefined) {
      asking = askAndKeep(key, ask).finally(() => underWay.delete(key));
      underWay.set(key, asking);
    }
    return await asking;
  }

  async function maybeCached<Value>(
    key: string,
    kept: Kept<Value>,
    maxAgeSeconds: number,
  ): Promise<Reading<Value> | undefined> {
    if (maxAgeSeconds <= 0) return undefined;
    const text = await store.maybeText(key);
    if (text === undefined) return undefined;
    const parsed = kept.safeParse(maybeJson(text));
    if (!parsed.success) return undefined;
    const readAt = new Date(parsed.data.readAt);
    const ageSeconds = (now().getTime() - readAt.getTime()) / 1000;
    // A reading from the future comes from another replica's clock; its age cannot be known.
    if (ageSeconds < 0 || ageSeconds > maxAgeSeconds) return undefined;
    return { isReadable: true, value: parsed.data.value, readAt };
  }

  async function askAndKeep<Value>(key: string, ask: () => Promise<Value>): Promise<Reading<Value>> {
    // Before the call: what Slack answers may be as old as the moment it was asked.
    const readAt = now();
    let value: Value;
    try {
      value = await withDeadline(ask(), timeoutMilliseconds);
    } catch (error) {
      return { isReadable: false, reason: reasonOf(error) };
    }
    await store.setText(key, JSON.stringify({ readAt, value }), longestAgeSeconds * 1000);
    return { isReadable: true, value, readAt };
  }

  return {
    person: (id, readingOptions) =>
      read(
        `person/${id}`,
        keptPerson,
        async () => factsOf(id, await slack.apiCall('users.info', { user: id }), teamId),
        readingOptions,
      ),
    group: (id, readingOptions) =>
      read(
        `group/${id}`,
        keptGroup,
        async () => groupAnswer.parse(await slack.apiCall('usergroups.users.list', { usergroup: id })).users,
        readingOptions,
      ),
  };
}

function factsOf(id: string, answer: unknown, teamId: string): PersonFacts {
  const { user } = userAnswer.parse(answer);
  if (user.id !== id) throw new SurprisingAnswer(`Slack answered about ${user.id} instead`);
  // In Enterprise Grid an account's own team may differ; the teams it belongs to are listed.
  const isOurs = user.team_id === teamId || (user.enterprise_user?.teams.includes(teamId) ?? false);
  return {
    id,
    name: user.profile?.display_name || user.real_name || user.name || id,
    // Slackbot is the one bot that Slack does not mark as one.
    isBot: user.is_bot || user.is_workflow_bot || id === 'USLACKBOT',
    isDeactivated: user.deleted,
    isGuest: user.is_restricted || user.is_ultra_restricted,
    isForeign: user.is_stranger || !isOurs,
  };
}

class SurprisingAnswer extends Error {}

/** Slack's own error code where there is one (`@slack/web-api` puts the answer in `data`). */
const platformError = z.object({ data: z.object({ error: z.string() }) });

function reasonOf(error: unknown): string {
  const platform = platformError.safeParse(error);
  if (platform.success) return `Slack answered "${platform.data.data.error}"`;
  if (error instanceof SurprisingAnswer) return error.message;
  if (error instanceof z.ZodError) return 'Slack answered in an unexpected form';
  return 'Slack cannot be reached';
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function withDeadline<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new SurprisingAnswer(`Slack did not answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
