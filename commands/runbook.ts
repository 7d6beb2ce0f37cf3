import { defineCommand, field, z } from '../src/command.ts';
import list from './runbook/list.ts';
import start from './runbook/start.ts';

export default defineCommand({
  version: 1,
  summary: 'Start a runbook; without a name, list them',
  // What it starts asks the policy step by step; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['runbook', 'runbook email-outage --input tenant=acme', 'runbook rollback --incident i-7k2m9q4x'],
  args: z.object({
    name: field(z.string().trim().toLowerCase().min(1).max(80).optional(), {
      choice: 'runbook',
      label: 'Runbook',
      hint: 'Left out: every runbook there is',
    }),
    input: start.args.shape.input,
    incident: start.args.shape.incident,
  }),
  positionals: ['name'],
  run: async (plan, context) => {
    const { name, ...others } = plan.args;
    return name === undefined
      ? list.run({ ...plan, args: {} }, context)
      : start.run({ ...plan, args: { ...others, name } }, context);
  },
});
