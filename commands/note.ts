import { defineCommand, field, link, type MessageReference, UserMistake, z } from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Add a note to the incident’s timeline',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'note the provider confirms an outage since 13:40',
    'note "rolled back by hand" --incident i-7k2m9q4x',
  ],
  args: z.object({
    text: field(z.string().trim().min(1).max(4_000), {
      label: 'Note',
      isPersonal: true,
      rest: true,
      multiline: true,
      hint: 'Stays as it is; another note says what changed',
    }),
    message: field(
      z
        .string()
        .regex(/^[CDG][A-Z0-9]{2,30}\/\d{1,12}\.\d{6}$/, 'Give a message as <channel>/<ts>')
        .optional(),
      { isHidden: true },
    ),
    messageAuthor: field(
      z
        .string()
        .regex(/^[UWB][A-Z0-9]{2,30}$/, 'Give a Slack id')
        .optional(),
      { isHidden: true },
    ),
  }),
  positionals: ['text'],
  async run({ args }, { countersign }) {
    const { incidents } = countersign;
    const message = maybeMessage(args);
    const incident = await incidents.find();
    const { receipt, isNew } = await incidents.note(incident.id, {
      text: args.text,
      ...(message === undefined ? {} : { message }),
    });
    const name = `${incident.severity} ${incident.title}`;
    return {
      isPrivate: true,
      // Nothing shows by itself of what is there already.
      isShownElsewhere: isNew,
      status: isNew ? 'ok' : 'info',
      headline: isNew ? `Noted: ${name}` : `Noted before, nothing added: ${name}`,
      lines: [
        [
          `Receipt ${receipt}`,
          ...(incident.permalink === undefined ? [] : [' · ', link(incident.permalink, 'open the thread')]),
        ],
      ],
    };
  },
});

/** @throws UserMistake when the author is named of a message that is not. */
function maybeMessage(args: {
  readonly text: string;
  readonly message?: string | undefined;
  readonly messageAuthor?: string | undefined;
}): MessageReference | undefined {
  if (args.message === undefined) {
    if (args.messageAuthor === undefined) return undefined;
    throw new UserMistake(
      'message_not_named',
      'Give --message <channel>/<ts> with --message-author; a message’s own menu does it.',
    );
  }
  const [channelId = '', ts = ''] = args.message.split('/');
  return { channelId, ts, author: args.messageAuthor, text: args.text };
}
