import type { Incoming } from '../inbox.ts';
import { withStep } from './claim-step.ts';
import type { RunbookInstance, StepRecord } from './instance.ts';
import type { RunbookStep } from './runbook.ts';
import type { RunbookContext } from './runbook-context.ts';
import type { RunbookTransaction } from './runbook-store.ts';
import { entry, finished, save } from './step-decisions.ts';

const byTimer = { person: 'countersign', via: 'timer' } as const;

/** A look that is due: who makes it, and the number that keeps it from being made twice. */
export interface DueLook {
  readonly instanceId: string;
  readonly stepId: string;
  readonly requester: string;
  readonly number: number;
}

/**
 * Decides about a wait by the database's clock. @returns the look to make now, for a wait that goes on until a check is green.
 */
export async function waitDue(
  instanceId: string,
  stepId: string,
  { store }: Pick<RunbookContext, 'store'>,
): Promise<DueLook | undefined> {
  return store.transaction(async (transaction) => {
    const instance = await transaction.runbooks.hold(instanceId);
    const step = instance?.runbook.steps.find(({ id }) => id === stepId);
    const record = instance?.steps.find(({ id }) => id === stepId);
    // Skipped, stopped or green meanwhile: the reason is gone.
    if (instance?.state !== 'active' || step?.kind !== 'wait' || record?.state !== 'under_way')
      return undefined;
    const { dueAt } = record;
    if (dueAt === undefined) return undefined;
    if (dueAt.getTime() <= transaction.now.getTime()) {
      endWait(instance, step, record, transaction);
      return undefined;
    }
    if (step.until === undefined) {
      transaction.runbooks.setWait(instanceId, stepId, dueAt);
      return undefined;
    }
    const again = Math.min(dueAt.getTime(), transaction.now.getTime() + step.until.everyMinutes * 60_000);
    transaction.runbooks.setWait(instanceId, stepId, new Date(again));
    const number = transaction.now.getTime();
    return { instanceId, stepId, requester: record.by ?? instance.startedBy, number };
  });
}

function endWait(
  instance: RunbookInstance,
  step: Extract<RunbookStep, { kind: 'wait' }>,
  record: StepRecord,
  transaction: RunbookTransaction,
): void {
  const outcome = step.until === undefined ? 'waited' : 'red';
  const after = withStep(instance, step.id, {
    state: 'done',
    outcome,
    at: transaction.now,
    dueAt: undefined,
  });
  tellNext(after, record.by ?? instance.startedBy, step.id, transaction);
  const { instance: ended, entries } = finished(after, byTimer, transaction.now);
  save(ended, [entry('runbook.wait_ended', instance, byTimer, step, { outcome }), ...entries], transaction);
}

/** Whoever waits for it is told once that it goes on. */
function tellNext(after: RunbookInstance, by: string, stepId: string, transaction: RunbookTransaction): void {
  const next = after.steps.find(({ state }) => state !== 'done');
  const person = next?.assignee ?? by;
  if (person.startsWith('cli:')) return;
  transaction.want({
    id: `runbook:${after.id}:waited:${stepId}:${transaction.now.getTime()}`,
    place: { kind: 'dm', userId: person },
    urgency: 'other',
    content: { waited: { stepId } },
  });
}

/**
 * After a step's run has moved: what came of it is kept, and the card is asked for. Safe to repeat.
 */
export async function stepMoved(instanceId: string, { store }: Pick<RunbookContext, 'store'>): Promise<void> {
  await store.transaction(async (transaction) => {
    const instance = await transaction.runbooks.hold(instanceId);
    if (instance === undefined) return;
    const last = instance.steps.at(-1);
    const by = { person: last?.by ?? 'countersign', via: 'job' };
    // Of one that was stopped meanwhile nobody is told that it goes on.
    const ended =
      instance.state === 'active' ? instance.runbook.steps.filter((step) => isJustOver(step, instance)) : [];
    // Its time is kept only while it goes on.
    const kept = ended.reduce((one, { id }) => withStep(one, id, { dueAt: undefined }), instance);
    const { instance: after, entries } = finished(kept, by, transaction.now);
    save(
      after,
      [
        ...ended.map((step) => entry('runbook.wait_ended', instance, byTimer, step, { outcome: 'green' })),
        ...entries,
      ],
      transaction,
    );
    for (const { id } of ended) {
      tellNext(after, after.steps.find((step) => step.id === id)?.by ?? after.startedBy, id, transaction);
    }
  });
}

/** Its check is green, and that is not kept yet. */
function isJustOver({ id, kind }: RunbookStep, { steps }: RunbookInstance): boolean {
  const record = steps.find((step) => step.id === id);
  return (
    kind === 'wait' && record?.state === 'done' && record.outcome === 'green' && record.dueAt !== undefined
  );
}

/** The look as a request: of one number there is one, whoever makes it. */
export function lookEntry(
  { instanceId, stepId, requester, number }: DueLook,
  workspaceId: string,
  correlationId: string,
): Incoming {
  return {
    workspaceId,
    key: `runbook:${instanceId}:${stepId}:${number}`,
    correlationId,
    needsWork: true,
    request: { kind: 'runbook_action', instanceId, stepId, requester, via: 'timer', origin: {} },
  };
}
