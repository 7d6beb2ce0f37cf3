import type { CommandDefinition, JsonObject, TargetKinds } from '../command.ts';
import { Fault, Refusal, UserMistake } from './errors.ts';
import { describeArguments } from './parse/describe-field.ts';

/**
 * Turns stored input into the arguments a command receives: validated by its schema, and every reference
 * looked up in the target.
 * @throws Refusal `unknown_tenant` naming the nearest slugs.
 */
export async function resolveReferences(
  definition: CommandDefinition,
  input: JsonObject,
  target: TargetKinds[keyof TargetKinds] | undefined,
): Promise<Record<string, unknown>> {
  const parsed = definition.args.safeParse(input);
  if (!parsed.success) {
    throw new UserMistake(
      'invalid_arguments',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  }
  const args: Record<string, unknown> = { ...parsed.data };
  for (const { name, kind } of describeArguments(definition.args)) {
    const typed = input[name];
    if (kind !== 'reference' || typeof typed !== 'string') continue;
    if (target === undefined) {
      throw new Fault(
        'no_target',
        `The argument "${name}" names a tenant, but the command declares no "needs".`,
      );
    }
    args[name] = await findTenant(typed.trim(), target);
  }
  return args;
}

async function findTenant(typed: string, target: TargetKinds[keyof TargetKinds]) {
  const found = await target.tenants.find(typed);
  if (found !== undefined) return found;
  const near = await target.tenants.search(typed, 3);
  const hint =
    near.length === 0 ? '' : ` Did you mean ${near.map((tenant) => `"${tenant.slug}"`).join(', ')}?`;
  throw new Refusal(
    'unknown_tenant',
    `There is no tenant "${typed}" on ${target.name} (${target.environment}).${hint}`,
  );
}
