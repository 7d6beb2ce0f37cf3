import {
  channelRef,
  field,
  isoDate,
  isoTime,
  targetRef,
  tenantRef,
  userRef,
  z,
} from '../../../src/command.ts';
import type { CommandCatalog, CommandShape } from '../../../src/core/parse/command-catalog.ts';

/** Commands that between them use every kind of argument. */
export const verifyAudit = {
  args: z.object({ tenant: tenantRef(), target: targetRef(), full: z.boolean().default(false) }),
  positionals: ['tenant'],
} satisfies CommandShape;

export const suspendTenant = {
  args: z.object({
    tenant: tenantRef(),
    reason: field(z.string().trim().min(10).max(500), { multiline: true, hint: 'Shown to those who sign' }),
    notify: z.boolean().default(true),
  }),
  positionals: ['tenant'],
} satisfies CommandShape;

export const declare = {
  args: z.object({
    title: field(z.string().trim().min(3).max(200), { rest: true }),
    severity: z.enum(['sev1', 'sev2', 'sev3']).default('sev2'),
    commander: userRef().optional(),
    channel: channelRef().optional(),
  }),
  positionals: ['title'],
} satisfies CommandShape;

export const schedule = {
  args: z.object({
    day: isoDate(),
    startsAt: isoTime().optional(),
    copies: z.number().int().min(1).max(20).optional(),
    ratio: z.number().gt(0).lte(1).optional(),
    tags: z.array(z.string().trim().min(1).max(40)).max(5).optional(),
    watchers: z.array(userRef()).optional(),
    expiresMinutes: z.int().positive().default(15),
  }),
  positionals: ['day', 'tags'],
} satisfies CommandShape;

export const shapes: Readonly<Record<string, CommandShape>> = {
  help: { args: z.object({ command: z.string().optional() }), positionals: ['command'] },
  'verify-audit': verifyAudit,
  'suspend-tenant': suspendTenant,
  incident: { args: z.object({ id: z.string().optional() }), positionals: ['id'] },
  'incident declare': declare,
  'incident close': { args: z.object({}) },
  schedule,
};

export const catalog: CommandCatalog = new Map(
  Object.entries(shapes).map(([name, definition]) => [name, { definition }]),
);
