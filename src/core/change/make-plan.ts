import type { CommandDefinition, Json, JsonObject, Plan } from '../../command.ts';
import { Fault } from '../errors.ts';
import { canonical } from '../ledger/entry.ts';
import type { RegisteredCommand } from '../registered-command.ts';
import type { Run, StoredPlan } from '../run.ts';
import { type Surroundings, type SurroundingsContext, surround } from '../surroundings.ts';

/** A plan just made, with what its command needs to go on. */
export interface MadePlan {
  readonly command: RegisteredCommand;
  readonly args: Record<string, unknown>;
  readonly surroundings: Surroundings;
  readonly stored: StoredPlan;
}

/**
 * Makes a run's plan by reads.
 * @param frozen the data that was signed: the plan is made again for exactly that.
 * @throws Fault `unsignable_plan` when the command returned what has no canonical form.
 */
export async function makePlan(
  run: Run,
  context: SurroundingsContext,
  signal: AbortSignal,
  frozen: JsonObject | undefined,
): Promise<MadePlan> {
  const { command, args, surroundings } = await surround(run, context, signal);
  const { definition } = command;
  const plan: Plan = (await definition.plan?.(args as never, { ...surroundings, frozen } as never)) ?? {
    summary: [],
    data: run.input,
  };
  return { command, args, surroundings, stored: toStored(plan, args, definition, run) };
}

function toStored(
  plan: Plan,
  args: Record<string, unknown>,
  definition: CommandDefinition,
  run: Run,
): StoredPlan {
  const stored: StoredPlan = {
    args: args as JsonObject,
    data: plan.data,
    effects: plan.effects ?? [],
    context: plan.context ?? {},
    summary: plan.summary,
    warnings: plan.warnings ?? [],
    action: plan.action ?? definition.summary,
  };
  try {
    // What has no canonical form (NaN, a Date, undefined in a list) could not be signed, nor compared.
    for (const part of [stored.args, stored.data, stored.effects as unknown as Json]) {
      if (canonical(part) !== canonical(JSON.parse(JSON.stringify(part)))) throw new TypeError('not JSON');
    }
  } catch (cause) {
    throw new Fault(
      'unsignable_plan',
      `The plan of "${run.command}" holds something JSON cannot say, so it cannot be signed. Nothing was done.`,
      { cause },
    );
  }
  const names = stored.effects.map(({ step }) => step);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return stored;
  throw new Fault(
    'unsignable_plan',
    `The plan of "${run.command}" names the step "${twice}" twice; each effect needs a step of its own. Nothing was done.`,
  );
}

/** The plan as its command gets it back. */
export function planFor({ data, effects, context, summary, warnings, action }: StoredPlan): Plan {
  return { data, effects, context, summary, warnings, action };
}
