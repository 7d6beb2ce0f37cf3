import type { Approval, Run } from '../../run.ts';
import { type Line, person, type Span } from '../../text.ts';

/** Why nothing is left to decide about a run: what happened to it, and by whom. */
export function fateOf(run: Run, approvals: readonly Approval[]): Line {
  const signers = approvals.filter(({ decision }) => decision !== 'denied').map(({ signer }) => signer);
  const denier = run.endedBy ?? approvals.find(({ decision }) => decision === 'denied')?.signer;
  switch (run.state) {
    case 'planned':
      return `${run.id} waits for the one who asked to confirm it.`;
    case 'awaiting_approval':
      return `${run.id} still waits for signatures.`;
    case 'approved':
    case 'executing':
      return [
        `${run.id} was already approved`,
        ...byAll(signers),
        ' and is under way. Nothing changed by this.',
      ];
    case 'denied':
      return [`${run.id} was already denied`, ...by(denier), '. Nothing changed by this.'];
    case 'cancelled':
      return [`${run.id} was already cancelled`, ...by(run.endedBy), '. Nothing changed by this.'];
    case 'expired':
      return `${run.id} expired before enough people signed it, and nothing was done. "Ask again" on its card asks anew.`;
    case 'refused':
      return `${run.id} was refused: ${run.problem ?? 'the policy said no'}`;
    case 'unknown':
      return [
        `${run.id} ran`,
        ...byAll(signers, ', approved'),
        '; its outcome is unknown and has to be settled.',
      ];
    default:
      return [
        `${run.id} already ${run.state}`,
        ...byAll(signers, ', approved'),
        ...(run.endedBy === undefined ? [] : [', settled', ...by(run.endedBy)]),
        '. Nothing changed by this.',
      ];
  }
}

function by(who: string | undefined): Span[] {
  return who === undefined ? [] : [' by ', person(who)];
}

function byAll(people: readonly string[], lead = ''): Span[] {
  if (people.length === 0) return [];
  return [`${lead} by `, ...people.flatMap((one, index): Span[] => [index === 0 ? '' : ', ', person(one)])];
}
