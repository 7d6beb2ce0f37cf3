import type { ClientState, ClientUser } from '../slack/client-api.ts';

export interface Suggestion {
  key: string;
  /** What it puts into the text. */
  insert: string;
  title: string;
  hint: string;
  description: string;
}

export interface Completion {
  kind: 'command' | 'mention';
  /** The typed part that a choice replaces: from here to the caret. */
  from: number;
  suggestions: Suggestion[];
}

/** Slack itself shows no more at once. */
const mostSuggestions = 8;

/**
 * What to offer for the text before the caret: commands while the first word begins with `/`, people after
 * an `@` at the start of a word, the bot first.
 */
export function completionFor(
  text: string,
  caret: number,
  known: { commands: ClientState['commands']; users: readonly ClientUser[]; botUserId: string },
): Completion | undefined {
  const before = text.slice(0, caret);
  if (/^\/\S*$/.test(before)) {
    const suggestions = known.commands
      .filter((command) => command.command.startsWith(before))
      .slice(0, mostSuggestions)
      .map((command) => ({
        key: command.command,
        insert: `${command.command} `,
        title: command.command,
        hint: command.usageHint,
        description: command.description,
      }));
    return suggestions.length > 0 ? { kind: 'command', from: 0, suggestions } : undefined;
  }
  const mention = /(?:^|\s)@([\w.-]*)$/.exec(before);
  if (!mention) return undefined;
  const typed = (mention[1] ?? '').toLowerCase();
  const suggestions = [...known.users]
    .filter((user) => !user.isDeactivated)
    .filter((user) => user.name.startsWith(typed) || user.realName.toLowerCase().startsWith(typed))
    .sort((a, b) => Number(b.id === known.botUserId) - Number(a.id === known.botUserId))
    .slice(0, mostSuggestions)
    .map((user) => ({
      key: user.id,
      insert: `@${user.name} `,
      title: `@${user.name}`,
      hint: user.isBot ? 'app' : '',
      description: user.realName,
    }));
  return suggestions.length > 0
    ? { kind: 'mention', from: caret - typed.length - 1, suggestions }
    : undefined;
}

/** The command whose usage to keep showing while its arguments are typed. */
export function commandBeingTyped(text: string, commands: ClientState['commands']) {
  const word = /^(\/\S+)\s/.exec(text)?.[1];
  return commands.find((command) => command.command === word);
}
