import {
  code,
  defineCommand,
  field,
  type Line,
  person,
  type RoleMembers,
  type Span,
  z,
} from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Say who may run a command, and who could approve it now',
  risk: 'read',
  isOpenToEveryone: true,
  examples: ['explain verify-audit'],
  args: z.object({
    command: field(z.string().trim().min(1, 'Name a command').max(100), { rest: true, choice: 'command' }),
  }),
  positionals: ['command'],
  async run({ args }, { countersign }) {
    const { name, risk, usage, permission, runners, approvers, approvalsNeeded, expiresMinutes } =
      await countersign.explain(args.command);
    return {
      status: 'info',
      isPrivate: true,
      headline: permission.allowed ? `You may run ${name}` : `You may not run ${name}`,
      lines: [
        permission.reason,
        ...(risk === 'read'
          ? ['It only looks, so nobody has to sign.']
          : [`It is ${risk === 'dangerous' ? 'dangerous' : 'a change'}.`]),
        ...runners.map((members) => describe('May run it', members)),
        ...(approvalsNeeded === 0
          ? []
          : [
              `Needs ${approvalsNeeded} ${approvalsNeeded === 1 ? 'signature' : 'signatures'} within ${expiresMinutes} minutes.`,
            ]),
        ...approvers.map((members) => describe('Could sign now', members)),
      ],
      next: ['type ', code(`/ops ${usage}`)],
    };
  },
});

function describe(title: string, { role, users, unreadableGroups }: RoleMembers): Line {
  const people = users.flatMap((id, index): Span[] => (index === 0 ? [person(id)] : [', ', person(id)]));
  return [
    `${title}: ${role} (`,
    ...(people.length === 0 ? ['nobody'] : people),
    ')',
    ...(unreadableGroups.length === 0
      ? []
      : [` Group ${unreadableGroups.join(', ')} cannot be read, so it counts as empty.`]),
  ];
}
