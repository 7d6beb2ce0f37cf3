import type { CommandDefinition, JsonObject, TargetInfo, TenantDirectory } from '../command.ts';
import { Fault, Refusal, UserMistake } from './errors.ts';
import { describeArguments } from './parse/describe-field.ts';

/** A target of any kind; not every kind knows tenants. */
export type AnyTarget = TargetInfo & { readonly tenants?: TenantDirectory };

/**
 * Turns stored input into the arguments a command receives: validated by its schema, and every reference
 * looked up in the target.
 * @param others where else a tenant may be that is not on `target`.
 * @throws Refusal `unknown_tenant` naming the nearest slugs, `tenant_elsewhere` naming both targets.
 */
export async function resolveReferences(
  definition: CommandDefinition,
  input: JsonObject,
  target: AnyTarget | undefined,
  others: () => readonly AnyTarget[] = () => [],
): Promise<Record<string, unknown>> {
  const parsed = definition.args.safeParse(input);
  if (!parsed.success) {
    throw new UserMistake(
      'invalid_arguments',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  }
  // Left out and undefined are the same argument, and only one of them is JSON.
  const args: Record<string, unknown> = Object.fromEntries(
    Object.entries(parsed.data).filter(([, value]) => value !== undefined),
  );
  for (const { name, kind } of describeArguments(definition.args)) {
    const typed = input[name];
    if (kind !== 'reference' || typeof typed !== 'string') continue;
    if (target?.tenants === undefined) {
      throw new Fault(
        'no_target',
        `The argument "${name}" names a tenant, but the command's "needs" is no kind of target that knows tenants.`,
      );
    }
    args[name] = await findTenant(typed.trim(), target, target.tenants, others);
  }
  return args;
}

async function findTenant(
  typed: string,
  target: TargetInfo,
  tenants: TenantDirectory,
  others: () => readonly AnyTarget[],
) {
  const found = await tenants.find(typed);
  if (found !== undefined) return found;
  const elsewhere = await maybeElsewhere(typed, others());
  if (elsewhere !== undefined) {
    throw new Refusal(
      'tenant_elsewhere',
      `"${typed}" is a tenant of ${elsewhere.name} (${elsewhere.environment}), not of ${target.name} (${target.environment}), so nothing was done.`,
    );
  }
  const near = await tenants.search(typed, 3);
  const hint =
    near.length === 0 ? '' : ` Did you mean ${near.map((tenant) => `"${tenant.slug}"`).join(', ')}?`;
  throw new Refusal(
    'unknown_tenant',
    `There is no tenant "${typed}" on ${target.name} (${target.environment}).${hint}`,
  );
}

/** Typed for the wrong environment? One that cannot be asked now is no answer. */
async function maybeElsewhere(typed: string, others: readonly AnyTarget[]): Promise<AnyTarget | undefined> {
  const found = await Promise.all(
    others.map(async (other) => {
      const tenant = await other.tenants?.find(typed).catch(() => undefined);
      return tenant === undefined ? undefined : other;
    }),
  );
  return found.find((other) => other !== undefined);
}
