import { z } from 'zod';
import { type AuditRecipe, namedRecipes } from '../core/audit-chain/recipe.ts';

/** A PostgreSQL name. It is always quoted, so any character but NUL is safe; longer ones would be cut silently. */
const identifier = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 63, 'PostgreSQL names have at most 63 bytes')
  .refine((name) => !name.includes('\0'), 'PostgreSQL names cannot contain NUL');

const recipePart = z.enum(['prevHash', 'metadata', 'createdAt', 'actorId', 'action']);

const recipe = z
  .union([
    z.enum(['pilot-v1']),
    z.strictObject({
      name: z.string().min(1).default('custom'),
      algorithm: z.enum(['sha256', 'sha384', 'sha512']).default('sha256'),
      parts: z
        .array(recipePart)
        .min(1)
        .refine((parts) => parts.includes('prevHash'), 'A chain hashes prevHash, or it is no chain')
        .refine((parts) => new Set(parts).size === parts.length, 'Each part stands once'),
      separator: z.string().max(16).default(''),
    }),
  ])
  .transform((given): AuditRecipe => (typeof given === 'string' ? namedRecipes[given] : given));

/**
 * The `audit:` block of a target. `{ recipe: pilot-v1 }` is enough for the pilot application's tables.
 *
 * @example
 * audit:
 *   recipe: { parts: [prevHash, action, metadata, createdAt], separator: "|" }
 *   table: audit_log
 *   columns: { tenantId: tenant_id, prevHash: prev_hash, createdAt: created_at, actorId: actor_id, metadata: details }
 *   order: [created_at, id]
 *   tenants: { table: tenants }
 */
export const auditConfigSchema = z.strictObject({
  recipe,
  schema: identifier.default('public'),
  table: identifier.default('AuditLog'),
  columns: z
    .strictObject({
      id: identifier.default('id'),
      tenantId: identifier.default('tenantId'),
      prevHash: identifier.default('prevHash'),
      hash: identifier.default('hash'),
      createdAt: identifier.default('createdAt'),
      actorId: identifier.default('actorId'),
      action: identifier.default('action'),
      metadata: identifier.default('metadata'),
    })
    .prefault({}),
  /** Columns in written order. Default: the `createdAt` column, then the `id` column. */
  order: z.array(identifier).min(1).optional(),
  tenants: z
    .strictObject({
      schema: identifier.optional(),
      table: identifier.default('Tenant'),
      columns: z
        .strictObject({
          id: identifier.default('id'),
          slug: identifier.default('slug'),
          name: identifier.default('name'),
        })
        .prefault({}),
    })
    .prefault({}),
  /** Seconds the reading of one chain may take on the target's database. Default 900. */
  timeoutSeconds: z.int().min(1).max(86_400).default(900),
});

export type AuditConfig = z.output<typeof auditConfigSchema>;
