/** Who and what is in the workspace: users, conversations, user groups. */
import type { AppManifest } from './manifest.ts';
import type { Seed, SeedApp, SeedUser, SeedUserGroup } from './seed.ts';

export interface Conversation {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  topic: string;
  memberIds: string[];
  isArchived: boolean;
}

export class Directory {
  readonly team: Seed['team'];
  readonly app: SeedApp;
  private readonly userById = new Map<string, SeedUser>();
  private readonly conversationById = new Map<string, Conversation>();
  private readonly groupById = new Map<string, SeedUserGroup>();

  constructor(seed: Seed, manifest: AppManifest) {
    const copy = structuredClone(seed);
    this.team = copy.team;
    this.app = copy.app;
    for (const user of copy.users) this.userById.set(user.id, user);
    this.userById.set(copy.app.botUserId, {
      id: copy.app.botUserId,
      name: manifest.botName.toLowerCase().replace(/[^a-z0-9._-]+/g, '_'),
      realName: manifest.botName,
      tz: 'Etc/UTC',
      tzOffset: 0,
      isBot: true,
    });
    for (const group of copy.userGroups) this.groupById.set(group.id, group);
    for (const channel of copy.channels) {
      this.conversationById.set(channel.id, {
        id: channel.id,
        name: channel.name,
        kind: channel.isPrivate ? 'private' : 'public',
        topic: channel.topic,
        memberIds: channel.memberIds.filter((id) => !this.userById.get(id)?.isDeactivated),
        isArchived: channel.isArchived ?? false,
      });
    }
    for (const user of copy.users) {
      if (user.isBot || user.isDeactivated || user.homeTeamId) continue;
      // One app only, so a person's direct message with it can be named after the person.
      const id = `D${user.id.slice(1)}`;
      this.conversationById.set(id, {
        id,
        name: user.name,
        kind: 'im',
        topic: '',
        memberIds: [user.id, copy.app.botUserId],
        isArchived: false,
      });
    }
  }

  get users(): SeedUser[] {
    return [...this.userById.values()];
  }

  get conversations(): Conversation[] {
    return [...this.conversationById.values()];
  }

  get groups(): SeedUserGroup[] {
    return [...this.groupById.values()];
  }

  user(id: string): SeedUser | undefined {
    return this.userById.get(id);
  }

  /** By id or by name, with or without `@`. */
  userNamed(idOrName: string): SeedUser | undefined {
    const name = idOrName.replace(/^@/, '');
    return this.userById.get(name) ?? this.users.find((user) => user.name === name);
  }

  conversation(id: string): Conversation | undefined {
    return this.conversationById.get(id);
  }

  /** By id or by name, with or without `#`. */
  channelNamed(idOrName: string): Conversation | undefined {
    const name = idOrName.replace(/^#/, '');
    return (
      this.conversationById.get(name) ??
      this.conversations.find((one) => one.kind !== 'im' && one.name === name)
    );
  }

  group(id: string): SeedUserGroup | undefined {
    return this.groupById.get(id);
  }

  /** The direct message between a person and the app; undefined for bots, foreigners and the deactivated. */
  directMessage(userId: string): Conversation | undefined {
    const found = this.conversationById.get(`D${userId.slice(1)}`);
    return found?.kind === 'im' && !this.userById.get(userId)?.isDeactivated ? found : undefined;
  }

  isBotIn(conversation: Conversation): boolean {
    return conversation.memberIds.includes(this.app.botUserId);
  }

  // Changes an administrator or a member makes, for tests.

  /** Deactivation also removes the user from every channel, as in Slack. */
  deactivate(userId: string): void {
    const user = this.needUser(userId);
    user.isDeactivated = true;
    for (const one of this.conversations) {
      if (one.kind !== 'im') one.memberIds = one.memberIds.filter((id) => id !== userId);
    }
  }

  addToChannel(channelId: string, userId: string): void {
    const channel = this.needConversation(channelId);
    if (!channel.memberIds.includes(userId)) channel.memberIds.push(this.needUser(userId).id);
  }

  removeFromChannel(channelId: string, userId: string): void {
    const channel = this.needConversation(channelId);
    channel.memberIds = channel.memberIds.filter((id) => id !== userId);
  }

  setArchived(channelId: string, isArchived: boolean): void {
    this.needConversation(channelId).isArchived = isArchived;
  }

  setGroupMembers(groupId: string, userIds: string[]): void {
    const group = this.groupById.get(groupId);
    if (!group) throw new Error(`The workspace has no user group "${groupId}"; seed it`);
    group.userIds = [...userIds];
  }

  private needUser(id: string): SeedUser {
    const user = this.userById.get(id);
    if (!user) throw new Error(`The workspace has no user "${id}"; seed it`);
    return user;
  }

  private needConversation(id: string): Conversation {
    const found = this.conversationById.get(id);
    if (!found) throw new Error(`The workspace has no channel "${id}"; seed it`);
    return found;
  }
}
