/** What a workspace starts with. */
export interface SeedUser {
  id: string;
  /** `ada`: what `@ada` means. */
  name: string;
  realName: string;
  email?: string;
  tz: string;
  /** Seconds east of UTC. */
  tzOffset: number;
  isBot?: boolean;
  isDeactivated?: boolean;
  isGuest?: boolean;
  isAdmin?: boolean;
  /** A member of another workspace, met in a shared channel. */
  homeTeamId?: string;
}

export interface SeedChannel {
  id: string;
  name: string;
  topic: string;
  memberIds: string[];
  isPrivate?: boolean;
  isArchived?: boolean;
}

export interface SeedUserGroup {
  id: string;
  handle: string;
  name: string;
  userIds: string[];
  isDisabled?: boolean;
}

/** The installed app's identities and secrets. None of them is a real one. */
export interface SeedApp {
  appId: string;
  botUserId: string;
  botId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** The deprecated `token` field of payloads. */
  verificationToken: string;
}

export interface Seed {
  team: { id: string; name: string; domain: string };
  users: SeedUser[];
  channels: SeedChannel[];
  userGroups: SeedUserGroup[];
  app: SeedApp;
}
