/**
 * The Web API methods this workspace has: token, scopes, rate limit. A method is added when the bot needs it.
 * From https://docs.slack.dev/reference/methods. A test holds a manifest's scopes against it.
 */
export type Tier = 'tier1' | 'tier2' | 'tier3' | 'tier4' | 'special' | 'none';

export interface MethodFacts {
  token: 'bot' | 'app' | 'any' | 'none';
  /** Any of these grants the call; which one may depend on the conversation. Empty: none needed. */
  scopes: readonly string[];
  tier: Tier;
}

const readsConversations = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];
const readsHistory = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];

export const methodTable = {
  'api.test': { token: 'none', scopes: [], tier: 'none' },
  'apps.connections.open': { token: 'app', scopes: ['connections:write'], tier: 'tier1' },
  'auth.test': { token: 'any', scopes: [], tier: 'none' },
  'bots.info': { token: 'bot', scopes: ['users:read'], tier: 'tier3' },
  'chat.delete': { token: 'bot', scopes: ['chat:write'], tier: 'tier3' },
  'chat.getPermalink': { token: 'bot', scopes: [], tier: 'none' },
  'chat.postEphemeral': { token: 'bot', scopes: ['chat:write'], tier: 'tier4' },
  'chat.postMessage': { token: 'bot', scopes: ['chat:write'], tier: 'special' },
  'chat.update': { token: 'bot', scopes: ['chat:write'], tier: 'tier3' },
  'conversations.history': { token: 'bot', scopes: readsHistory, tier: 'tier3' },
  'conversations.info': { token: 'bot', scopes: readsConversations, tier: 'tier3' },
  'conversations.list': { token: 'bot', scopes: readsConversations, tier: 'tier2' },
  'conversations.members': { token: 'bot', scopes: readsConversations, tier: 'tier4' },
  'conversations.open': { token: 'bot', scopes: ['im:write'], tier: 'tier3' },
  'conversations.replies': { token: 'bot', scopes: readsHistory, tier: 'tier3' },
  'files.completeUploadExternal': { token: 'bot', scopes: ['files:write'], tier: 'tier4' },
  'files.getUploadURLExternal': { token: 'bot', scopes: ['files:write'], tier: 'tier4' },
  'reactions.add': { token: 'bot', scopes: ['reactions:write'], tier: 'tier3' },
  'usergroups.list': { token: 'bot', scopes: ['usergroups:read'], tier: 'tier2' },
  'usergroups.users.list': { token: 'bot', scopes: ['usergroups:read'], tier: 'tier2' },
  'users.info': { token: 'bot', scopes: ['users:read'], tier: 'tier4' },
  'users.list': { token: 'bot', scopes: ['users:read'], tier: 'tier2' },
  'users.lookupByEmail': { token: 'bot', scopes: ['users:read.email'], tier: 'tier3' },
  'views.open': { token: 'bot', scopes: [], tier: 'tier4' },
  'views.publish': { token: 'bot', scopes: [], tier: 'tier4' },
  'views.push': { token: 'bot', scopes: [], tier: 'tier4' },
  'views.update': { token: 'bot', scopes: [], tier: 'tier4' },
} as const satisfies Record<string, MethodFacts>;

export type MethodName = keyof typeof methodTable;

export function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methodTable, name);
}
