import { defineCommand, field, z } from '../src/command.ts';
import incidentPage from './incident/page.ts';

export default defineCommand({
  version: 1,
  summary: 'Call level 2, as "incident page" does',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'page the database does not come back, we need its owner',
    'page nobody of ours knows the mail relay --incident i-7k2m9q4x',
  ],
  args: z.object({
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      rest: true,
      hint: 'They read it first, perhaps at night',
    }),
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
  }),
  positionals: ['reason'],
  run: (plan, context) => incidentPage.run(plan, context),
});
