import { z } from 'zod';

/** The kinds of values that several sections of the settings file hold. */

export const slug = (what: string) =>
  z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
    error: `is not a usable ${what}: use lower-case letters, digits and "-", beginning with a letter, at most 40`,
  });

export const channelReference = z
  .string({
    // YAML reads `ops: #ops` as an empty value followed by a comment.
    error: (issue) =>
      issue.input === undefined
        ? 'is missing. Give a channel id such as C0123ABCD, or its name in quotes such as "#ops"'
        : issue.input === null
          ? 'is empty. A # begins a comment in YAML: write "#ops" in quotes, or the channel\'s id'
          : 'must be a channel id such as C0123ABCD, or its name in quotes such as "#ops"',
  })
  .regex(/^([CG][A-Z0-9]{2,}|#[^\sA-Z#@]{1,80})$/, {
    error: 'must be a channel id such as C0123ABCD, or its name in quotes such as "#ops"',
  });

export const accountId = z.string().regex(/^([UW][A-Z0-9]{2,}|cli:[A-Za-z0-9._-]{1,64})$/, {
  error:
    'is not a member id. Use one such as U0123ABCD (in Slack: profile, ⋮, "Copy member ID"), or "cli:<login>" for the command line',
});
export const usergroupId = z.string().regex(/^S[A-Z0-9]{2,}$/, {
  error: 'is not a user group id. Use one such as S0123ABCD (in Slack: the group\'s ⋮, "Copy group ID")',
});

/** `risk: read` and `risk: [read, change]` mean the same kind of thing. An empty list would match nothing. */
export const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(item).min(1, { error: 'is an empty list, so the rule could never match. Remove the key' }),
  );
