import { code, date, defineCommand, field, type Line, z } from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Check the record itself',
  risk: 'read',
  examples: ['ledger', 'ledger --checkpoint'],
  args: z.object({
    checkpoint: field(z.boolean().default(false), {
      hint: 'Also sign the present head and post it outside the database',
    }),
  }),
  async run({ args }, { countersign }) {
    const checkpoint = args.checkpoint ? await countersign.ledger.checkpoint() : undefined;
    const status = await countersign.ledger.status({ verify: true });
    const { lastCheckpoint } = status;
    if (status.entries === 0) {
      return { status: 'unknown', headline: 'The ledger has no entries, so there is nothing to verify' };
    }
    const anchor: Line =
      lastCheckpoint === undefined
        ? 'No checkpoint yet: nothing outside the database vouches for these entries.'
        : [
            'Last checkpoint: entry ',
            { bold: `#${lastCheckpoint.seq}` },
            ', ',
            date(lastCheckpoint.at),
            `, key ${lastCheckpoint.keyId}. ${status.unanchored} entries since are unanchored.`,
          ];
    const lines: Line[] = [
      `${status.entries} entries, head ${status.receipt ?? 'none'}`,
      anchor,
      status.isWriteProtected
        ? "The bot's own database login cannot change or delete entries."
        : 'One database login owns everything, so the ledger rests on its checkpoints alone.',
      ...(checkpoint === undefined ? [] : [`Signed and posted: ${checkpoint.receipt}`]),
    ];
    if (status.problem !== undefined) {
      return {
        status: 'bad',
        headline: 'The ledger does NOT verify',
        lines: [status.problem, ...lines],
        next: [
          'Stop and compare with the checkpoints kept elsewhere: ',
          code('countersign ledger verify --checkpoints FILE'),
        ],
      };
    }
    return {
      status: 'ok',
      headline: `The ledger verifies: ${status.entries} entries`,
      lines,
      next: [
        'Without trusting this bot: ',
        code('countersign ledger export'),
        ', then ',
        code('ledger verify'),
        ' elsewhere.',
      ],
    };
  },
});
