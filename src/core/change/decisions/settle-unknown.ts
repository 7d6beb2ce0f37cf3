import type { Observation, Report } from '../../../command.ts';
import { CountersignError } from '../../errors.ts';
import { membersOf, whyAccountMayNotAct } from '../../policy/authorize.ts';
import { accountsOf } from '../../policy/identity.ts';
import { adminRole } from '../../policy/rule.ts';
import type { Run, SettledReport, Step } from '../../run.ts';
import { Superseded } from '../../store.ts';
import { surround } from '../../surroundings.ts';
import { detailsOf, letTheNextGo } from '../carry-out.ts';
import type { GuardContext } from '../guard-context.ts';
import { planFor } from '../make-plan.ts';
import { tellRequester } from '../speak-change.ts';
import { type Standing, standingOf } from '../standing.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';
import { fateOf } from './fate.ts';
import { note } from './sign.ts';

/** Looking is one or two reads. */
const lookMilliseconds = 20_000;

/** A person says, on record, what became of an effect whose outcome was lost. Only then is the lock free. */
export async function settleUnknown(
  decider: Decider,
  {
    runId,
    says,
    step: only,
  }: {
    readonly runId: string;
    readonly says: 'happened' | 'did_not_happen';
    /** Of several only this one. */
    readonly step?: string | undefined;
  },
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  const standing =
    before &&
    (await standingOf(before, context, before.plan, { people: [decider.person], areSignersRead: true }));
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run === undefined || standing === undefined) {
      return reply(decider, `The run "${runId}" is not known here, so nothing was done.`, transaction);
    }
    if (run.state !== 'unknown') {
      return reply(decider, fateOf(run, await transaction.manyApprovals(runId)), transaction);
    }
    const refusal = whyMayNotSettle(run, decider.person, standing);
    if (refusal !== undefined) return reply(decider, refusal, transaction);
    const isDone = says === 'happened';
    const isMeant = (step: Step) => isOpen(step) && (only === undefined || step.name === only);
    const before = await transaction.manySteps(runId);
    if (only !== undefined && !before.some(isMeant)) {
      const open = before.filter(isOpen).map(({ name }) => name);
      return reply(
        decider,
        `"${only}" is not an unknown step of ${runId}; these are: ${listed(open)}.`,
        transaction,
      );
    }
    const steps = before.map(
      (step): Step => (isMeant(step) ? { ...step, state: isDone ? 'succeeded' : 'failed' } : step),
    );
    transaction.settleSteps(runId, isDone ? 'succeeded' : 'failed', decider.person, only);
    if (steps.some(isOpen)) {
      transaction.refresh(runId, 'decision');
      note(run, decider, 'run.settled', { says, step: only ?? '' }, transaction);
      return undefined;
    }
    const missing = notMade(run, steps);
    const state = missing.length === 0 ? 'succeeded' : 'failed';
    const settled = await transaction.moveRun(runId, ['unknown'], state, {
      endedBy: decider.person,
      report: reportOf(run, isDone, missing),
      problem: missing.length === 0 ? '' : `Not made: ${listed(missing)}.`,
    });
    if (settled === undefined) throw new Superseded(`${runId} was decided elsewhere`);
    const approvals = await transaction.manyApprovals(runId);
    transaction.refresh(
      runId,
      'decision',
      approvals.map(({ signer }) => signer),
    );
    await letTheNextGo(run, transaction);
    for (const message of tellRequester(settled, 'settled', decider.person)) transaction.want(message);
    if (run.risk === 'dangerous') transaction.addCheckpoint(`run ${runId}`);
    note(
      run,
      decider,
      'run.settled',
      { says, state, ...(only === undefined ? {} : { step: only }) },
      transaction,
    );
    return undefined;
  });
}

function isOpen({ state }: Step): boolean {
  return state === 'begun' || state === 'unknown';
}

function notMade(run: Run, steps: readonly Step[]): string[] {
  const made = new Set(steps.filter(({ state }) => state === 'succeeded').map(({ name }) => name));
  return (run.performed ?? run.plan)?.effects.flatMap(({ step }) => (made.has(step) ? [] : [step])) ?? [];
}

function reportOf(run: Run, isDone: boolean, missing: readonly string[]): Report {
  const effects = run.performed?.effects.length ?? 0;
  const headline = isDone
    ? missing.length === 0
      ? `${run.command}: a person saw that it happened`
      : `${run.command}: a person saw that it happened, in part`
    : `${run.command}: a person saw that it did not happen`;
  return {
    status: missing.length === 0 ? 'ok' : missing.length < effects ? 'warning' : 'bad',
    headline,
    lines: run.report?.lines ?? [],
  };
}

function listed(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

/** Looks at the target once more and shows what is there; decides nothing. */
export async function lookAgain(
  decider: Decider | undefined,
  { runId }: { readonly runId: string },
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  const people = decider === undefined ? [] : [decider.person];
  const standing =
    before && (await standingOf(before, context, before.plan, { people, areSignersRead: true }));
  const isAllowed =
    before !== undefined &&
    standing !== undefined &&
    (decider === undefined || whyMayNotSettle(before, decider.person, standing) === undefined);
  const seen = isAllowed && before.state === 'unknown' ? await look(before, context) : undefined;
  return context.store.transaction(async (transaction) => {
    if (decider !== undefined) take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run?.state !== 'unknown' || seen === undefined) {
      if (decider === undefined) return undefined;
      // It was still under way when it was read, so nothing was looked at yet.
      if (run?.state === 'unknown' && before?.state !== 'unknown') {
        throw new Superseded(`the outcome of ${runId} has only just become unknown`);
      }
      const answer: Answer =
        run === undefined
          ? `The run "${runId}" is not known here.`
          : run.state === 'unknown'
            ? whyMayNotSettle(run, decider.person, standing!)
            : fateOf(run, await transaction.manyApprovals(runId));
      return reply(decider, answer, transaction);
    }
    const report = reportSeen(run, seen);
    await transaction.moveRun(runId, ['unknown'], 'unknown', { report });
    for (const message of detailsOf({ ...run, report }, context)) transaction.want(message);
    transaction.refresh(runId, 'decision');
    if (decider !== undefined)
      note(run, decider, 'run.looked_again', { happened: seen.happened }, transaction);
    return undefined;
  });
}

async function look(run: Run, context: GuardContext): Promise<Observation> {
  const signal = AbortSignal.any([context.stopping, AbortSignal.timeout(lookMilliseconds)]);
  try {
    const { command, args, surroundings } = await surround(run, context, signal);
    const { lookAgain: lookWith } = command.definition;
    if (lookWith === undefined) return { happened: 'unclear', lines: whereToLook(run) };
    const plan = { ...planFor(run.performed ?? run.plan!), args };
    return await lookWith(plan as never, { ...surroundings, frozen: run.plan?.data } as never);
  } catch (error) {
    if (!(error instanceof CountersignError)) context.onFault(error, run);
    const why = error instanceof CountersignError ? error.message : 'something broke on our side';
    // What the command said already stands on the card.
    const where = run.report === undefined ? whereToLook(run) : [];
    return { happened: 'unclear', lines: [`Could not look: ${why}`, ...where] };
  }
}

function whereToLook(run: Run): string[] {
  return (run.performed ?? run.plan)?.effects.slice(0, 3).map(({ summary }) => `Look for: ${summary}`) ?? [];
}

const seenHeadlines: Readonly<Record<Observation['happened'], string>> = {
  yes: 'it looks as if it happened; say so if you agree',
  no: 'it looks as if it did not happen; say so if you agree',
  unclear: 'it cannot be told from here',
};

/** What the command said of itself stays; what an earlier look saw gives way. */
function reportSeen({ command, report }: Run, { happened, lines }: Observation): SettledReport {
  const before = report?.lines ?? [];
  const own = before.slice(before.length - (report?.ownLines ?? before.length));
  const headline = `${command}: ${seenHeadlines[happened]}`;
  return { ...report, status: 'unknown', headline, lines: [...lines, ...own], ownLines: own.length };
}

/** Those who may ask for it or sign it know what to look at. */
function whyMayNotSettle(
  run: Run,
  person: string,
  { settings, membership, authorization }: Standing,
): Answer {
  const problem = whyAccountMayNotAct(person, membership);
  if (problem !== undefined) return `You may not settle ${run.id}: ${problem}.`;
  if (accountsOf(settings.identities, person).has(run.requester)) return undefined;
  const roles = [...authorization.runners, ...authorization.approvers].map(({ role }) => role);
  const able = [...roles, adminRole].flatMap((role) => membersOf(role, settings, membership).users);
  if (able.includes(person)) return undefined;
  return `Only people who may run or sign "${run.command}" settle what became of ${run.id}.`;
}
