import { code, defineCommand, field, type Line, z } from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Show what you can run',
  risk: 'read',
  isOpenToEveryone: true,
  examples: ['help', 'help verify-audit'],
  args: z.object({
    command: field(z.string().trim().max(100).optional(), {
      rest: true,
      hint: 'One command, for its arguments and examples',
    }),
  }),
  positionals: ['command'],
  async run({ args }, { countersign }) {
    if (args.command !== undefined && args.command !== '') {
      const explanation = await countersign.explain(args.command);
      return {
        status: 'info',
        isPrivate: true,
        headline: `${explanation.name}: ${explanation.summary}`,
        lines: [
          ['Type: ', code(`/ops ${explanation.usage}`)],
          ...explanation.examples.map((example): Line => ['Example: ', code(`/ops ${example}`)]),
          explanation.permission.reason,
        ],
        next: ['Who may run it and who could approve: ', code(`/ops explain ${explanation.name}`)],
      };
    }
    const commands = countersign.commands();
    const permissions = await Promise.all(commands.map((command) => countersign.permission(command.name)));
    const yours = commands.filter((_, index) => permissions[index]!.allowed);
    const others = commands.length - yours.length;
    return {
      status: 'info',
      isPrivate: true,
      headline: `You can run ${yours.length} of ${commands.length} commands`,
      details: (['read', 'own_record', 'change', 'dangerous'] as const).flatMap((kind) => {
        const group = yours.filter(({ risk, isOwnRecord }) => (isOwnRecord ? 'own_record' : risk) === kind);
        if (group.length === 0) return [];
        return [
          [{ bold: titles[kind] }] as Line,
          ...group.map((command): Line => [code(`/ops ${command.usage}`), `  ${command.summary}`]),
        ];
      }),
      ...(others === 0
        ? {}
        : {
            next: [
              `${others} more need a role you do not have: `,
              code('/ops explain <command>'),
              ' says which.',
            ] as Line,
          }),
    };
  },
});

const titles = {
  read: 'Looks only',
  own_record: 'Keeps the record: incidents, runbooks, silences; changes nothing that is operated',
  change: 'Changes something; you confirm a preview',
  dangerous: 'Dangerous; someone else signs first',
};
