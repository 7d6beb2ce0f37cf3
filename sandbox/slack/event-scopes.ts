/**
 * Which bot scope an event subscription needs (any of them), from https://docs.slack.dev/reference/events.
 * Only events this workspace can send are listed; a manifest that asks for others is refused.
 */
const eventScopes: Readonly<Record<string, readonly string[]>> = {
  app_home_opened: [],
  app_mention: ['app_mentions:read'],
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
};

export function scopesOfEvent(name: string): readonly string[] | undefined {
  return Object.hasOwn(eventScopes, name) ? eventScopes[name] : undefined;
}
