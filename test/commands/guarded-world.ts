import type {
  CommandDefinition,
  Countersign,
  Json,
  JsonObject,
  Line,
  Observation,
  Plan,
  PreparedCall,
  Report,
  StepCall,
  StepOptions,
  TenantRef,
} from '../../src/command.ts';
import { CountersignError, Fault, Refusal, UnknownOutcome } from '../../src/core/errors.ts';
import { canonical } from '../../src/core/ledger/entry.ts';
import { resolveReferences } from '../../src/core/resolve-references.ts';
import { plainText } from '../../src/core/text.ts';

export const planTime = new Date('2026-11-20T18:15:00Z');
export const acme: TenantRef = { id: '8d2f', slug: 'acme', name: 'Acme GmbH' };
export const later = (milliseconds: number) => new Date(planTime.getTime() + milliseconds);

/** What every target with tenants has. */
export const rms = (tenant: TenantRef = acme) => ({
  name: 'rms',
  environment: 'production',
  tenants: { find: async () => tenant, search: async () => [] },
});

export function prepared<Outcome extends Json>(
  call: { readonly method: string; readonly path: string; readonly body?: JsonObject },
  send: () => Outcome | Promise<Outcome>,
): PreparedCall<Outcome> {
  return {
    summary: `${call.method} ${call.path} on rms (production)`,
    call,
    isRepeatable: false,
    send: async () => send(),
  };
}

export const answered409 = () => new Refusal('target_refused', 'rms answered 409: not now');
export const unreachable = () => new Fault('target_unreachable', 'cannot reach rms at http://rms');
export const cutOff = () =>
  new UnknownOutcome('target_outcome_unknown', 'rms cut the connection; it may have happened');

export interface World {
  readonly countersign?: Partial<Countersign>;
  readonly target?: object;
  readonly targets?: readonly object[];
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

export interface Planned {
  readonly plan: Plan;
  readonly args: Record<string, unknown>;
}

export async function planOf(
  definition: unknown,
  input: JsonObject,
  world: World,
  frozen?: JsonObject,
): Promise<Planned> {
  const command = definition as CommandDefinition;
  const args = await resolveReferences(command, input, world.target as never);
  const context = { ...surroundings(world), frozen };
  return { args, plan: await command.plan!(args, context as never) };
}

type StoredStep = { readonly outcome: Json } | { readonly error: unknown };

/** What the database keeps of a run's steps, so that a second attempt goes on where the first one ended. */
export type Steps = Map<string, StoredStep>;

export async function runOf(
  definition: unknown,
  { plan, args }: Planned,
  world: World,
  { steps = new Map(), onProgress }: { steps?: Steps; onProgress?: (line: Line) => void } = {},
): Promise<Report> {
  const command = definition as CommandDefinition;
  const context = {
    ...surroundings(world),
    ...stepRunner(plan, steps),
    progress: (line: Line) => onProgress?.(line),
  };
  return command.run({ ...plan, args } as never, context as never);
}

export async function lookAgainOf(definition: unknown, planned: Planned, world: World): Promise<Observation> {
  const command = definition as CommandDefinition;
  const context = { ...surroundings(world), frozen: undefined };
  return command.lookAgain!({ ...planned.plan, args: planned.args }, context as never);
}

function surroundings(world: World) {
  return {
    target: world.target,
    targets: world.targets ?? [world.target],
    countersign: world.countersign ?? {},
    requester: { id: 'U0ADA', via: 'slash' },
    now: world.now ?? (() => planTime),
    signal: world.signal ?? new AbortController().signal,
  };
}

/** Keeps every outcome, sends only what was signed, and never sends it twice. */
function stepRunner({ effects = [] }: Plan, steps: Steps) {
  async function kept(name: string, call: () => Promise<Json>): Promise<Json> {
    if (!steps.has(name)) {
      steps.set(
        name,
        await call().then(
          (outcome) => ({ outcome }),
          (error: unknown) => ({ error }),
        ),
      );
    }
    const stored = steps.get(name)!;
    if ('error' in stored) throw stored.error;
    return stored.outcome;
  }
  return {
    step: (
      name: string,
      call: PreparedCall | ((call: StepCall) => Promise<Json>),
      { repeatable = false }: StepOptions = {},
    ) => {
      const signed = effects.find(({ step }) => step === name);
      const isSigned =
        signed !== undefined &&
        (typeof call === 'function' || canonical(signed.call) === canonical(call.call));
      if (!isSigned && !(typeof call === 'function' && repeatable)) {
        throw new Error(`the call of step "${name}" was not signed`);
      }
      const send = typeof call === 'function' ? call : (given: StepCall) => call.send(given);
      return kept(name, () => send({ idempotencyKey: name, signal: new AbortController().signal }));
    },
    /** Looks twice instead of until a deadline; a target that cannot be read has shown nothing. */
    observe: async (name: string, look: (signal: AbortSignal) => Promise<Json | undefined>) => {
      const { signal } = new AbortController();
      const once = () =>
        look(signal).catch((error: unknown) => {
          if (error instanceof CountersignError) return undefined;
          throw error;
        });
      const stored = await kept(name, async () => ({ seen: (await once()) ?? (await once()) ?? null }));
      return (stored as { seen: Json }).seen ?? undefined;
    },
  };
}

/** A plan as people read it, with all that is signed. */
export function planText({ plan }: Planned): string {
  const { action, summary, warnings = [], effects = [], data, context } = plan;
  return [
    `[${action}]`,
    ...summary.map((line) => plainText(line)),
    ...warnings.map((line) => `▲ ${plainText(line)}`),
    ...effects.map(({ step, summary: words, call }) => `Step ${step}: ${words} ${canonical(call)}`),
    `Signed: ${canonical(data)}`,
    `Beside: ${canonical(context ?? {})}`,
    '',
  ].join('\n');
}

export function observationText({ happened, lines }: Observation): string {
  return [`${happened}`, ...lines.map((line) => `  ${plainText(line)}`), ''].join('\n');
}
