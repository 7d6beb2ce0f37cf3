import type { LedgerProblem } from '../core/ledger/problem.ts';
import { receiptOf } from '../core/ledger/receipt.ts';
import type { LedgerVerdict } from '../core/ledger/verify.ts';

/** A verdict for a terminal, the answer first. */
export function verdictLines(verdict: LedgerVerdict): readonly string[] {
  const { workspaceId, outcome, problems, problemCount } = verdict;
  if (outcome === 'empty') return [`Ledger of ${workspaceId}: EMPTY, so nothing was checked`];
  const [first, ...others] = problems;
  const unseen = problemCount - problems.length;
  return [
    `Ledger of ${workspaceId}: ${outcome === 'sound' ? 'SOUND' : 'NOT SOUND'}`,
    ...(first === undefined ? [] : [`  first bad   ${problemText(first)}`]),
    ...others.map((problem) => `  also        ${problemText(problem)}`),
    ...(unseen > 0 ? [`  also        ${unseen} more`] : []),
    ...stateLines(verdict),
  ];
}

function stateLines(verdict: LedgerVerdict): readonly string[] {
  const { head, anchor, entries, unanchored, checkpoints, privateTexts, unrecordedErasures, clockSteps } =
    verdict;
  const { matching, erased, withheld } = privateTexts;
  const texts = [
    `${matching} match`,
    ...(erased > 0 ? [`${erased} erased`] : []),
    ...(withheld > 0 ? [`${withheld} withheld by the export`] : []),
  ];
  return [
    `  entries     ${entries}${head === undefined ? '' : `, head ${receiptOf(head.seq, head.hash)} of ${head.at}`}`,
    ...(head === undefined ? [] : [`  head hash   ${head.hash}`]),
    anchor === undefined
      ? `  anchored    nothing: ${checkpoints === 0 ? 'no checkpoint was given' : `none of ${checkpoints} checkpoints could vouch for it`}`
      : `  anchored    up to #${anchor.seq} by the checkpoint of ${anchor.at}, key ${anchor.keyId}`,
    `  unanchored  ${unanchored}`,
    ...(matching + erased + withheld > 0 ? [`  private     ${texts.join(', ')}`] : []),
    ...(unrecordedErasures > 0
      ? [
          `  note        private text of ${plural(unrecordedErasures, 'entry', 'entries')} was erased without a record of who did it`,
        ]
      : []),
    ...(clockSteps > 0
      ? [
          `  note        the time steps back at ${plural(clockSteps, 'entry', 'entries')}: clocks of the processes differ`,
        ]
      : []),
  ];
}

function problemText({ kind, seq, entry, explanation }: LedgerProblem): string {
  const place = entry ?? (seq === undefined ? undefined : `#${seq}`);
  return `${place === undefined ? '' : `${place}: `}${kind.replaceAll('_', ' ')}. ${explanation}`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
