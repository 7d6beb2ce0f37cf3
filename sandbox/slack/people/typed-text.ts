/** What Slack makes of typed text: https://docs.slack.dev/messaging/formatting-message-text */
import type { Directory } from '../directory.ts';

const broadcasts = new Set(['here', 'channel', 'everyone']);

/** `hasLabels`: slash commands name what an id stands for (`<@U0ADA|ada>`), messages do not. */
export function escapeTyped(directory: Directory, typed: string, hasLabels: boolean): string {
  const safe = typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.replace(
    /(?<link>https?:\/\/[^\s"'“”]+)|(?<=^|[\s(,"'“=])(?<mark>[@#])(?<name>[\p{L}\p{N}][\p{L}\p{N}._-]*)/gu,
    (whole, ...groups) => {
      const { link, mark, name } = groups.at(-1) as { link?: string; mark?: string; name?: string };
      if (link) return `<${link}>`;
      // A full stop after a name ends the sentence.
      const bare = (name ?? '').replace(/[.]+$/, '');
      const tail = (name ?? '').slice(bare.length);
      const found = mark === '@' ? mention(directory, bare, hasLabels) : channelLink(directory, bare);
      return found ? `${found}${tail}` : whole;
    },
  );
}

function mention(directory: Directory, name: string, hasLabels: boolean): string | undefined {
  if (broadcasts.has(name)) return `<!${name}>`;
  const user = directory.users.find((one) => one.name === name);
  if (user) return hasLabels ? `<@${user.id}|${user.name}>` : `<@${user.id}>`;
  const group = directory.groups.find((one) => one.handle === name);
  return group ? `<!subteam^${group.id}|@${group.handle}>` : undefined;
}

function channelLink(directory: Directory, name: string): string | undefined {
  const channel = directory.conversations.find((one) => one.kind !== 'im' && one.name === name);
  return channel ? `<#${channel.id}|${channel.name}>` : undefined;
}
