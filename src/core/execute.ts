import { begin, giveUpBeginning } from './change/begin.ts';
import { carryOut, settleGivenUp } from './change/carry-out.ts';
import { lookAgain } from './change/decisions/settle-unknown.ts';
import { giveUpPlanning, prepare } from './change/prepare.ts';
import { bringToEnd, type ReadContext } from './read-run.ts';
import { aboutRun, type Run, type RunState } from './run.ts';

export type ExecuteContext = ReadContext;

/** A run whose process died this often is not tried again: it may be what kills them. */
const maxAttempts = 3;
/** Nothing has begun yet, and a database that was away also counts: more patience than with what is under way. */
const mostBeginnings = 10;

/**
 * Goes on with a run, whatever it waits for a process to do. Safe to call again after a kill, and by several: each
 * take-up has an executor token, and whoever lost it can write nothing more.
 * @param taken how often this job has been taken up, this time included.
 */
export async function execute(runId: string, context: ExecuteContext, taken = 1): Promise<void> {
  const run = await context.store.maybeRun(runId);
  if (run === undefined) return;
  if (run.risk !== 'read' && run.state === 'approved') {
    if (taken > mostBeginnings) return giveUpBeginning(run, context);
    return lookIfUnknown(run, begin(run, context), context);
  }
  if (run.state !== 'executing' && run.state !== 'planned') return;
  if (run.risk === 'read') return takeUpRead(runId, context);
  await takeOverChange(run, context);
}

/** Goes on with a run that was taken up as `executor` in the transaction that made it. */
export async function goOn(run: Run, executor: string, context: ExecuteContext): Promise<void> {
  if (run.risk === 'read') return bringToEnd(run, executor, context);
  await atWork(run, context, () => prepare(run, executor, context));
}

/** Reads start over, also when their process still lives: reading twice harms nobody. */
async function takeUpRead(runId: string, context: ExecuteContext): Promise<void> {
  const executor = context.newExecutor();
  const run = await context.store.transaction(async (transaction) => {
    const taken = await transaction.moveRun(runId, ['planned', 'executing'], 'executing', { executor });
    if (taken !== undefined && taken.attempt > 1) transaction.record([takenOver(taken)]);
    return taken;
  });
  if (run !== undefined) await bringToEnd(run, executor, context);
}

/** Changes are taken over from processes that are gone, never from living ones; finished steps stay finished. */
async function takeOverChange(before: Run, context: ExecuteContext): Promise<void> {
  const executor = context.newExecutor();
  const run = await context.store.transaction(async (transaction) => {
    const taken = await transaction.takeOver(before.id, executor, !context.atWork.has(before.id));
    if (taken?.state === 'executing') transaction.record([takenOver(taken)]);
    return taken;
  });
  if (run === undefined) return;
  await atWork(run, context, async () => {
    const isGivenUp = run.attempt > maxAttempts;
    if (run.state === 'planned') {
      return isGivenUp ? giveUpPlanning(run, executor, context) : prepare(run, executor, context);
    }
    const end = isGivenUp ? settleGivenUp(run, executor, context) : carryOut(run, executor, context);
    await lookIfUnknown(run, end, context);
  });
}

/** Whoever has to settle it finds on the card what the target shows by now. */
async function lookIfUnknown(
  run: Run,
  end: Promise<RunState | undefined>,
  context: ExecuteContext,
): Promise<void> {
  if ((await end) !== 'unknown' || context.stopping.aborted) return;
  if (context.commands.get(run.command)?.definition.lookAgain === undefined) return;
  await lookAgain(undefined, { runId: run.id }, context);
}

async function atWork(run: Run, { atWork }: ExecuteContext, work: () => Promise<void>): Promise<void> {
  atWork.add(run.id);
  try {
    await work();
  } finally {
    atWork.delete(run.id);
  }
}

function takenOver(run: Run) {
  return {
    kind: 'run.taken_over',
    actor: 'countersign',
    via: 'job',
    ...aboutRun(run),
    facts: { command: run.command, attempt: run.attempt },
  } as const;
}
