import type { Json } from '../../command.ts';
import { shownText } from '../cards/shown-line.ts';
import { Refusal, UserMistake } from '../errors.ts';
import type { By } from '../incidents/incident-context.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { LedgerKind } from '../ledger/kinds.ts';
import { whyNotNow, withStep } from './claim-step.ts';
import { currentStep, type RunbookInstance, type StepRecord, unmetGuards } from './instance.ts';
import type { RunbookStep } from './runbook.ts';
import type { RunbookTransaction } from './runbook-store.ts';
import { runbookCard } from './speak-runbook.ts';
import { titleOf } from './step-title.ts';

/** @throws UserMistake when there is none of that id. Decisions about it take turns until the commit. */
export async function holdInstance(
  instanceId: string,
  { runbooks }: Pick<RunbookTransaction, 'runbooks'>,
): Promise<RunbookInstance> {
  const instance = await runbooks.hold(instanceId);
  if (instance !== undefined) return instance;
  throw new UserMistake(
    'no_such_instance',
    `There is no started runbook "${instanceId}". /ops runbook list shows those under way.`,
  );
}

/** @throws UserMistake */
export function stepOf({ id, runbook }: RunbookInstance, stepId: string): RunbookStep {
  const step = runbook.steps.find((one) => one.id === stepId);
  if (step !== undefined) return step;
  const known = runbook.steps.map((one) => one.id).join(', ');
  throw new UserMistake(
    'no_such_step',
    `${id} ("${runbook.title}") has no step "${stepId}". It has ${known}.`,
  );
}

/** @throws Refusal saying why it cannot be begun now. */
function refuseNotNow(instance: RunbookInstance, stepId: string): void {
  const why = whyNotNow(instance, instance.id, stepId);
  if (why !== undefined) throw new Refusal('not_now', shownText(why, { limit: 600 }));
}

/** @throws Refusal */
function refuseDone(instance: RunbookInstance, { id, outcome }: StepRecord): never {
  const title = titleOf(instance, id);
  throw new Refusal('step_done', `"${title}" is over already (${outcome}), so nothing was changed.`);
}

/** A person says that it is done. */
export async function attestStep(
  instanceId: string,
  stepId: string,
  evidence: string | undefined,
  by: By,
  transaction: RunbookTransaction,
): Promise<void> {
  const instance = await holdInstance(instanceId, transaction);
  const step = stepOf(instance, stepId);
  if (step.kind !== 'do') {
    throw new UserMistake(
      'not_attested',
      `"${titleOf(instance, stepId)}" is not something to attest: its ${step.kind} is done by the card's button.`,
    );
  }
  refuseNotNow(instance, stepId);
  if (step.evidence === 'required' && (evidence === undefined || evidence.trim() === '')) {
    throw new UserMistake(
      'evidence_missing',
      `"${titleOf(instance, stepId)}" needs evidence: /ops runbook attest ${instanceId} ${stepId} --evidence "…"`,
    );
  }
  const after = withStep(instance, stepId, {
    state: 'done',
    outcome: 'attested',
    by: by.person,
    at: transaction.now,
    note: evidence,
  });
  end(after, entry('runbook.attested', instance, by, step, {}, { evidence }), by, transaction);
}

export async function skipStep(
  instanceId: string,
  stepId: string,
  reason: string,
  by: By,
  transaction: RunbookTransaction,
): Promise<void> {
  const instance = await holdInstance(instanceId, transaction);
  const step = stepOf(instance, stepId);
  const record = instance.steps.find(({ id }) => id === stepId);
  const isRunning = record?.state === 'under_way' && step.kind !== 'wait';
  if (instance.state !== 'active' || isRunning) refuseNotNow(instance, stepId);
  // What was found stays found: it can be looked at again, not talked away.
  if (record?.state === 'done') refuseDone(instance, record);
  if (record?.state === 'open' && currentStep(instance)?.id !== stepId) refuseNotNow(instance, stepId);
  const after = withStep(instance, stepId, {
    state: 'done',
    outcome: 'skipped',
    by: by.person,
    at: transaction.now,
    note: reason,
  });
  end(after, entry('runbook.skipped', instance, by, step, {}, { reason }), by, transaction);
}

export async function assignStep(
  instanceId: string,
  stepId: string,
  person: string,
  by: By,
  transaction: RunbookTransaction,
): Promise<void> {
  const instance = await holdInstance(instanceId, transaction);
  const step = stepOf(instance, stepId);
  const record = instance.steps.find(({ id }) => id === stepId);
  if (instance.state !== 'active') refuseNotNow(instance, stepId);
  if (record?.state === 'done') refuseDone(instance, record);
  const after = withStep(instance, stepId, { assignee: person });
  if (person !== by.person) {
    transaction.want({
      id: `runbook:${instanceId}:assigned:${stepId}:${transaction.now.getTime()}`,
      place: { kind: 'dm', userId: person },
      urgency: 'decision',
      content: { assigned: { stepId, by: by.person } },
    });
  }
  save(after, [entry('runbook.assigned', instance, by, step, { to: person })], transaction);
}

/** Lets a step begin although its guard is not met. Who may is judged before. */
export async function overrideGuard(
  instanceId: string,
  stepId: string,
  reason: string,
  by: By,
  transaction: RunbookTransaction,
): Promise<void> {
  const instance = await holdInstance(instanceId, transaction);
  const step = stepOf(instance, stepId);
  const requires = unmetGuards(instance, stepId);
  // Done already, by this very run before its process died, or met meanwhile.
  if (requires.length === 0) return;
  const after = withStep(instance, stepId, { overriddenBy: by.person });
  save(after, [entry('runbook.guard_overridden', instance, by, step, { requires }, { reason })], transaction);
}

export async function stopRunbook(
  instanceId: string,
  reason: string,
  by: By,
  transaction: RunbookTransaction,
): Promise<void> {
  const instance = await holdInstance(instanceId, transaction);
  if (instance.state !== 'active') {
    throw new UserMistake(
      'not_active',
      `${instanceId} ("${instance.runbook.title}") is ${instance.state} already.`,
    );
  }
  const { runbook, incidentId } = instance;
  const after: RunbookInstance = {
    ...instance,
    state: 'stopped',
    endedBy: by.person,
    endedAt: transaction.now,
    stopReason: reason,
  };
  const stopped: NewEntry = {
    kind: 'runbook.stopped',
    actor: by.person,
    via: by.via,
    isShown: true,
    ...(by.runId === undefined ? {} : { runId: by.runId }),
    ...(incidentId === undefined ? {} : { incidentId }),
    facts: { runbook: runbook.name, instance: instance.id },
    private: { reason },
  };
  save(after, [stopped], transaction);
}

/** Begins a wait; the timer, or its check, ends it. */
export function beginWait(
  instance: RunbookInstance,
  step: Extract<RunbookStep, { kind: 'wait' }>,
  by: By,
  transaction: RunbookTransaction,
): void {
  const dueAt = new Date(transaction.now.getTime() + step.minutes * 60_000);
  const after = withStep(instance, step.id, {
    state: 'under_way',
    outcome: undefined,
    by: by.person,
    at: transaction.now,
    dueAt,
    finding: [],
    // A look of an earlier time says nothing of this one.
    runId: undefined,
    runState: undefined,
    note: undefined,
  });
  transaction.runbooks.setWait(instance.id, step.id, step.until === undefined ? dueAt : transaction.now);
  const until = dueAt.toISOString();
  save(after, [entry('runbook.wait_begun', instance, by, step, { until })], transaction);
}

export function messageSent(
  instance: RunbookInstance,
  step: Extract<RunbookStep, { kind: 'message' }>,
  by: By,
  channel: string,
  transaction: RunbookTransaction,
): void {
  const after = withStep(instance, step.id, {
    state: 'done',
    outcome: 'sent',
    by: by.person,
    at: transaction.now,
    note: undefined,
  });
  end(
    after,
    entry('runbook.message_sent', instance, by, step, { template: step.template, channel }),
    by,
    transaction,
  );
}

/** Saves what came of a step; the last one finishes the runbook. */
export function end(after: RunbookInstance, made: NewEntry, by: By, transaction: RunbookTransaction): void {
  const { instance, entries } = finished(after, by, transaction.now);
  save(instance, [made, ...entries], transaction);
}

export function finished(
  instance: RunbookInstance,
  by: By,
  now: Date,
): { readonly instance: RunbookInstance; readonly entries: readonly NewEntry[] } {
  const { runbook, steps, incidentId } = instance;
  if (instance.state !== 'active' || steps.some(({ state }) => state !== 'done')) {
    return { instance, entries: [] };
  }
  const done = steps.filter(({ outcome }) => outcome !== 'skipped').length;
  return {
    instance: { ...instance, state: 'finished', endedBy: by.person, endedAt: now },
    entries: [
      {
        kind: 'runbook.finished',
        actor: by.person,
        via: by.via,
        isShown: true,
        ...(incidentId === undefined ? {} : { incidentId }),
        facts: { runbook: runbook.name, instance: instance.id, done, of: steps.length },
      },
    ],
  };
}

export function save(
  instance: RunbookInstance,
  entries: readonly NewEntry[],
  { runbooks, want, record }: RunbookTransaction,
): void {
  runbooks.save(instance);
  want(runbookCard(instance));
  if (entries.length > 0) record(entries);
}

export function entry(
  kind: LedgerKind,
  { id, runbook, incidentId }: RunbookInstance,
  { person, via, runId }: By,
  step: Pick<RunbookStep, 'id' | 'title'>,
  facts: Readonly<Record<string, Json>> = {},
  personal: Readonly<Record<string, string | undefined>> = {},
): NewEntry {
  const texts = Object.entries(personal).flatMap(([field, text]) =>
    text === undefined || text === '' ? [] : [[field, text] as const],
  );
  return {
    kind,
    actor: person,
    via,
    isShown: true,
    ...(runId === undefined ? {} : { runId }),
    ...(incidentId === undefined ? {} : { incidentId }),
    facts: { runbook: runbook.name, instance: id, step: step.id, title: step.title, ...facts },
    ...(texts.length === 0 ? {} : { private: Object.fromEntries(texts) }),
  };
}
