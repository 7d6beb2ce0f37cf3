import { UserMistake } from '../errors.ts';
import type { Incident } from '../incidents/incident.ts';
import type { By } from '../incidents/incident-context.ts';
import { nearest } from '../parse/nearest.ts';
import type { Origin } from '../run.ts';
import { Superseded } from '../store.ts';
import type { RunbookInstance, StepRecord } from './instance.ts';
import { ownersOf } from './owners-of.ts';
import type { Runbook, RunbookInput } from './runbook.ts';
import type { RunbookContext } from './runbook-context.ts';
import { runbookCard } from './speak-runbook.ts';

export interface RunbookStart {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly incident: Incident | undefined;
  /** Of an alert linked to the incident, where one names it. */
  readonly service: string | undefined;
  readonly origin: Origin;
  /** The command that starts it: run again after a crash, it starts no second one. */
  readonly runId: string | undefined;
}

/** @throws UserMistake naming the nearest runbooks, or the inputs that are missing or unknown. */
export async function startRunbook(
  asked: RunbookStart,
  by: By,
  context: RunbookContext,
): Promise<{ readonly instanceId: string; readonly isNew: boolean }> {
  const runbook = findRunbook(asked.name, context.runbooks);
  const inputs = filledInputs(runbook, asked);
  const owners = (await ownersOf([runbook], context))(runbook);
  const start = () => startOnce(asked, { runbook, inputs, owners }, by, context);
  return start().catch((error: unknown) => {
    // The same run in another process, after a hand-back, was first: then that one is found.
    if (error instanceof Superseded) return start();
    throw error;
  });
}

/** @throws Superseded when the same run has just started one. */
function startOnce(
  asked: RunbookStart,
  {
    runbook,
    inputs,
    owners,
  }: {
    readonly runbook: Runbook;
    readonly inputs: RunbookInstance['inputs'];
    readonly owners: readonly string[];
  },
  by: By,
  context: RunbookContext,
): Promise<{ readonly instanceId: string; readonly isNew: boolean }> {
  return context.store.transaction(async (transaction) => {
    const { runbooks, now } = transaction;
    const known = asked.runId === undefined ? undefined : await runbooks.maybeOfRun(asked.runId);
    if (known !== undefined) return { instanceId: known.id, isNew: false };
    const { channelId, threadTs } = asked.origin;
    const instance: RunbookInstance = {
      id: context.newInstanceId(),
      runbook,
      incidentId: asked.incident?.id,
      origin: {
        ...(channelId === undefined ? {} : { channelId }),
        ...(threadTs === undefined ? {} : { threadTs }),
      },
      inputs,
      templates: templatesOf(runbook, context),
      startedBy: by.person,
      startedAt: now,
      owners,
      state: 'active',
      endedBy: undefined,
      endedAt: undefined,
      stopReason: undefined,
      steps: runbook.steps.map(({ id }) => unbegun(id)),
    };
    runbooks.insert(instance, asked.runId);
    transaction.want(runbookCard(instance));
    transaction.record([
      {
        kind: 'runbook.started',
        actor: by.person,
        via: by.via,
        ...(asked.runId === undefined ? {} : { runId: asked.runId }),
        ...(instance.incidentId === undefined ? {} : { incidentId: instance.incidentId }),
        isShown: true,
        facts: { runbook: runbook.name, version: runbook.version, instance: instance.id, owners },
      },
    ]);
    return { instanceId: instance.id, isNew: true };
  });
}

function templatesOf({ steps }: Runbook, { templates }: RunbookContext): Record<string, string> {
  const names = steps.flatMap((step) => (step.kind === 'message' ? [step.template] : []));
  return Object.fromEntries(names.map((name) => [name, templates.get(name)?.text ?? '']));
}

function unbegun(id: string): StepRecord {
  return {
    id,
    state: 'open',
    outcome: undefined,
    by: undefined,
    at: undefined,
    runId: undefined,
    runState: undefined,
    finding: [],
    note: undefined,
    assignee: undefined,
    dueAt: undefined,
    overriddenBy: undefined,
  };
}

export function findRunbook(name: string, runbooks: ReadonlyMap<string, Runbook>): Runbook {
  const runbook = runbooks.get(name);
  if (runbook !== undefined) return runbook;
  const near = nearest(name, [...runbooks.keys()]);
  throw new UserMistake(
    'no_such_runbook',
    `There is no runbook "${name}"${near.length === 0 ? '. /ops runbook lists them.' : `. Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?`}`,
  );
}

/** What the incident knows need not be given. */
function filledInputs(
  { name, inputs }: Runbook,
  asked: Pick<RunbookStart, 'inputs' | 'incident' | 'service'>,
): Record<string, string> {
  const unknown = Object.keys(asked.inputs).filter((input) => !Object.hasOwn(inputs, input));
  if (unknown.length > 0) {
    throw new UserMistake(
      'unknown_input',
      `"${name}" has no input ${listed(unknown)}; it has ${listed(Object.keys(inputs)) || 'none'}.`,
    );
  }
  const known: Readonly<Record<NonNullable<RunbookInput['from']>, string | undefined>> = {
    target: asked.incident?.target,
    tenant: asked.incident?.tenants[0],
    environment: asked.incident?.environment,
    service: asked.service,
    title: asked.incident?.title,
  };
  const values = Object.entries(inputs).map(([input, { default: other, from }]) => {
    const given = asked.inputs[input]?.trim();
    return [input, given || (from === undefined ? undefined : known[from]) || other] as const;
  });
  const missing = values.filter(([input, value]) => value === undefined && inputs[input]?.isRequired);
  if (missing.length > 0) {
    const first = missing[0]![0];
    throw new UserMistake(
      'missing_input',
      `"${name}" needs to know ${missing.map(([input]) => `${input} (${inputs[input]?.ask})`).join(', ')}. Give --input ${first}=…`,
    );
  }
  // What was left out is empty in the texts it would stand in.
  return Object.fromEntries(values.map(([input, value]) => [input, value ?? '']));
}

function listed(names: readonly string[]): string {
  return names.map((one) => `"${one}"`).join(', ');
}
