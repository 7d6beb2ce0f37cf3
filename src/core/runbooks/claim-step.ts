import type { Run } from '../run.ts';
import type { Line } from '../text.ts';
import { person } from '../text.ts';
import { currentStep, goodOutcomes, type RunbookInstance, type StepRecord, unmetGuards } from './instance.ts';
import type { RunbookPart } from './runbook-store.ts';
import { titleOf } from './step-title.ts';

/**
 * Takes a step for a run, in the transaction that makes the run. @returns why it cannot be begun now, undefined when it is
 * taken.
 */
export async function claimStep(
  { instanceId, stepId }: { readonly instanceId: string; readonly stepId: string },
  run: Pick<Run, 'id' | 'requester' | 'via' | 'createdAt'>,
  { runbooks }: { readonly runbooks: RunbookPart },
): Promise<Line | undefined> {
  const instance = await runbooks.hold(instanceId);
  if (instance !== undefined && run.via === 'timer') return takeLook(instance, stepId, run.id, runbooks);
  const why = whyNotNow(instance, instanceId, stepId);
  if (why !== undefined || instance === undefined) return why;
  const taken: Partial<StepRecord> = {
    state: 'under_way',
    outcome: undefined,
    by: run.requester,
    at: run.createdAt,
    runId: run.id,
    runState: 'begins',
    finding: [],
    // Of an earlier time it was done or skipped.
    note: undefined,
  };
  runbooks.save(withStep(instance, stepId, taken));
  return undefined;
}

/** One more look of a wait that goes on. */
function takeLook(
  instance: RunbookInstance,
  stepId: string,
  runId: string,
  runbooks: RunbookPart,
): Line | undefined {
  const record = instance.steps.find(({ id }) => id === stepId);
  if (instance.state !== 'active' || record?.state !== 'under_way') return 'The wait is over.';
  runbooks.save(withStep(instance, stepId, { runId }));
  return undefined;
}

/** Why a step cannot be begun, in a sentence for the one who asked; undefined: it can. */
export function whyNotNow(
  instance: RunbookInstance | undefined,
  instanceId: string,
  stepId: string,
): Line | undefined {
  if (instance === undefined) return `The runbook "${instanceId}" is not known here, so nothing was done.`;
  const { runbook, steps } = instance;
  if (instance.state !== 'active') {
    return [
      `"${runbook.title}" was ${instance.state}`,
      ...byWhom(instance.endedBy),
      '. Start it again: ',
      `/ops runbook ${runbook.name}`,
    ];
  }
  const record = steps.find(({ id }) => id === stepId);
  if (record === undefined || runbook.steps.every(({ id }) => id !== stepId)) {
    return `"${runbook.title}" has no step "${stepId}", so nothing was done.`;
  }
  if (record.state === 'under_way') {
    return [`"${titleOf(instance, stepId)}" is under way already`, ...byWhom(record.by), '.'];
  }
  if (record.state === 'done') {
    const isGood = record.outcome !== undefined && goodOutcomes.includes(record.outcome);
    if (isGood) return [`"${titleOf(instance, stepId)}" is done already`, ...byWhom(record.by), '.'];
  } else if (currentStep(instance)?.id !== stepId) {
    const current = titleOf(instance, currentStep(instance)?.id ?? '');
    return `It is not time for "${titleOf(instance, stepId)}" yet: "${current}" comes first.`;
  }
  return whyGuarded(instance, stepId);
}

function whyGuarded(instance: RunbookInstance, stepId: string): Line | undefined {
  const unmet = unmetGuards(instance, stepId);
  if (unmet.length === 0) return undefined;
  const standing = (id: string) => {
    const record = instance.steps.find((step) => step.id === id);
    return record?.state === 'done' ? (record.outcome ?? 'not done') : 'not done';
  };
  const needs = unmet.map((id) => `"${titleOf(instance, id)}" (now: ${standing(id)})`).join(' and ');
  return `"${titleOf(instance, stepId)}" needs ${needs} to have come out well first. Policy may allow an exception: /ops runbook override ${instance.id} ${stepId}`;
}

function byWhom(by: string | undefined) {
  return by === undefined ? [] : [' by ', by.startsWith('cli:') ? by : person(by)];
}

export function withStep(
  instance: RunbookInstance,
  stepId: string,
  change: Partial<StepRecord>,
): RunbookInstance {
  return {
    ...instance,
    steps: instance.steps.map((step) => (step.id === stepId ? { ...step, ...change } : step)),
  };
}
