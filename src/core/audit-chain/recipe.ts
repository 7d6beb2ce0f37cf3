/**
 * How an operated system computes the `hash` of one audit record. Pure configuration: a chain that hashes
 * other columns, in another order, or with a separator needs no new code.
 */
export type RecipePart = 'prevHash' | 'metadata' | 'createdAt' | 'actorId' | 'action';

export interface AuditRecipe {
  /** Shown in doctor and docs. */
  readonly name: string;
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  /**
   * What is hashed, in this order. `metadata` is its canonical JSON (see canonical-json.ts), `createdAt`
   * is ISO-8601 UTC with milliseconds, the others are their text; NULL text is the empty string.
   */
  readonly parts: readonly RecipePart[];
  /** Put between the parts. Default empty: then text moved from one part to its neighbour keeps the hash. */
  readonly separator: string;
}

/** `prevHash ∥ canonical JSON of metadata ∥ createdAt ∥ actorId ∥ action`, SHA-256, lower-case hex. */
export const pilotV1: AuditRecipe = {
  name: 'pilot-v1',
  algorithm: 'sha256',
  parts: ['prevHash', 'metadata', 'createdAt', 'actorId', 'action'],
  separator: '',
};

export const namedRecipes: Readonly<Record<'pilot-v1', AuditRecipe>> = { 'pilot-v1': pilotV1 };

/** Length of a stored hash in hexadecimal digits. */
export function hashDigits(recipe: AuditRecipe): number {
  return { sha256: 64, sha384: 96, sha512: 128 }[recipe.algorithm];
}
