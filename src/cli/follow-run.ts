import { setTimeout as sleep } from 'node:timers/promises';
import { previewText } from '../core/cards/report-text.ts';
import { shownText } from '../core/cards/shown-line.ts';
import { cancel } from '../core/change/decisions/cancel.ts';
import { confirm } from '../core/change/decisions/confirm.ts';
import type { Answer } from '../core/change/decisions/decider.ts';
import type { GuardContext } from '../core/change/guard-context.ts';
import { Fault, Refusal } from '../core/errors.ts';
import { execute } from '../core/execute.ts';
import { isSettled, type Run } from '../core/run.ts';

const lookEveryMilliseconds = 50;

/**
 * Follows a run that was asked for on the command line to its end: shows the preview, which `--yes` confirms, says
 * that it waits for signatures, and waits.
 * @returns the run once it is settled or unknown; undefined when a preview was shown and not confirmed.
 */
export async function followRun(options: {
  readonly look: () => Promise<Run | undefined>;
  readonly guard: GuardContext;
  readonly isConfirmed: boolean;
  readonly write: (text: string) => void;
}): Promise<Run | undefined> {
  const { guard, write } = options;
  let hasSaidWaiting = false;
  for (;;) {
    const run = await options.look();
    if (run === undefined) {
      throw new Fault(
        'not_run',
        'Another process took this request up and does not know the command, so nothing was done. Give every process the same COUNTERSIGN_COMMANDS.',
      );
    }
    if (isSettled(run.state) || run.state === 'unknown') return run;
    const decider = { person: run.requester, via: 'cli', origin: {}, key: undefined } as const;
    if (run.state === 'planned' && run.plan !== undefined) {
      write(previewText(run));
      if (!options.isConfirmed) {
        await cancel(decider, { runId: run.id }, guard);
        write('  Nothing has been changed. To go ahead, put --yes before the command.');
        return undefined;
      }
      refuseWith(await confirm(decider, { runId: run.id }, guard));
      // Here, or by a process that was quicker: whoever begins first.
      await execute(run.id, guard);
    }
    if (run.state === 'awaiting_approval' && !hasSaidWaiting) {
      hasSaidWaiting = true;
      const until = run.expiresAt === undefined ? '' : ` until ${run.expiresAt.toISOString()}`;
      write(`${previewText(run)}\n  Waiting for signatures in Slack${until}: ${run.id}`);
    }
    await sleep(lookEveryMilliseconds);
  }
}

function refuseWith(answer: Answer): void {
  if (answer !== undefined) throw new Refusal('not_confirmed', shownText(answer, { limit: 600 }));
}
