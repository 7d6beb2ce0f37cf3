/**
 * Text that people read, kept as spans until the last moment, so that text from outside (a tenant's name,
 * an actor id, a reason) can never become a mention, a link or formatting. Rendered to Block Kit rich_text
 * by `slack/views/`, and to plain text by {@link plainText} for the command line and notifications.
 */
export type Span =
  | string
  | { readonly bold: string }
  | { readonly code: string }
  | { readonly italic: string }
  /** A Slack user id (`U…`). Rendered as a mention; used only for people the message is meant to reach. */
  | { readonly user: string }
  /** A Slack user id shown by name without notifying that person. */
  | { readonly person: string }
  /** A Slack user group id (`S…`). Rendered as a mention, which calls everybody in it. */
  | { readonly usergroup: string }
  | { readonly channel: string }
  /** Shown in the reader's own time zone (a Slack date token). */
  | { readonly date: Date }
  | { readonly link: string; readonly label: string };

/** One line: a plain string, or spans set one after another without added spaces. */
export type Line = string | readonly Span[];

export const bold = (text: string): Span => ({ bold: text });
export const code = (text: string): Span => ({ code: text });
export const italic = (text: string): Span => ({ italic: text });
export const user = (id: string): Span => ({ user: id });
export const person = (id: string): Span => ({ person: id });
export const channel = (id: string): Span => ({ channel: id });
export const date = (at: Date): Span => ({ date: at });
export const link = (url: string, label: string): Span => ({ link: url, label });

/** `2026-11-20 18:15:22 UTC`: the form dates take where no reader's time zone is known. */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The same words without markup. `nameOf` turns ids into names where the caller knows them. */
export function plainText(line: Line, nameOf: (id: string) => string = (id) => id): string {
  if (typeof line === 'string') return line;
  return line
    .map((span) => {
      if (typeof span === 'string') return span;
      if ('bold' in span) return span.bold;
      if ('code' in span) return span.code;
      if ('italic' in span) return span.italic;
      if ('user' in span) return `@${nameOf(span.user)}`;
      if ('person' in span) return nameOf(span.person);
      if ('usergroup' in span) return `@${nameOf(span.usergroup)}`;
      if ('channel' in span) return `#${nameOf(span.channel)}`;
      if ('date' in span) return utc(span.date);
      return `${span.label} (${span.link})`;
    })
    .join('');
}
