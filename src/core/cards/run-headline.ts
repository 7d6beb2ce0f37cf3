import type { Run } from '../run.ts';
import { reportMarks } from './run-card.ts';
import { personName, subjectOf } from './run-subject.ts';
import type { RunView } from './run-view.ts';
import type { NameOf } from './shown-line.ts';
import { missingSignatures, signatures, signersOf } from './signature-lines.ts';

/** One line that says where the run stands and by whom, the important words first. */
export function headline(view: RunView, nameOf?: NameOf): string {
  const { run } = view;
  const subject = subjectOf(run);
  const ender = run.endedBy === undefined ? '' : ` by ${personName(run.endedBy, nameOf)}`;
  switch (run.state) {
    case 'planned':
      return `● waiting to be confirmed: ${subject}`;
    case 'awaiting_approval':
      return `● waiting for ${signatures(missingSignatures(view))}: ${subject}`;
    case 'approved':
      return view.waitsFor === undefined
        ? `… approved${signedBy(view, nameOf)}, starting: ${subject}`
        : `● approved, waiting for ${personName(view.waitsFor.requester, nameOf)}’s run: ${subject}`;
    case 'executing':
      return run.cancelRequestedBy === undefined
        ? `… running: ${subject}`
        : `… stopping between steps: ${subject}`;
    case 'succeeded':
      return run.report === undefined
        ? `✓ done: ${subject}`
        : `${reportMarks[run.report.status] ?? '○'} ${run.report.headline}`;
    case 'failed':
      return because('✗ failed', run);
    case 'unknown':
      return because('? outcome unknown', run);
    case 'denied':
      return `⛔ denied${ender}: ${subject}`;
    case 'expired':
      return (run.terms?.approvalsNeeded ?? 0) === 0
        ? `○ expired, never confirmed: ${subject}`
        : `○ expired, ${signersOf(view).length} of ${run.terms?.approvalsNeeded} signed: ${subject}`;
    case 'cancelled':
      return `○ cancelled${ender}: ${subject}`;
    case 'refused':
      return because('⛔ refused', run);
  }
}

/** `✗ failed, Suspend acme (production): rms answered 409` */
function because(what: string, run: Run): string {
  const why = run.problem ?? run.report?.headline;
  return why === undefined ? `${what}: ${subjectOf(run)}` : `${what}, ${subjectOf(run)}: ${why}`;
}

function signedBy(view: RunView, nameOf?: NameOf): string {
  const [first, ...others] = signersOf(view);
  if (first === undefined) return '';
  return ` by ${personName(first, nameOf)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
}
