import type { Run } from '../run.ts';
import type { Line, Span } from '../text.ts';
import type { RunView } from './run-view.ts';

/** What everybody needs to know who reads of a request: why, in the words of the one who asked. */
export function reasonOf({ plan, input }: Pick<Run, 'plan' | 'input'>): string | undefined {
  const reason = plan?.args.reason ?? input.reason;
  return typeof reason === 'string' && reason.trim() !== '' ? reason : undefined;
}

export function reasonLines(run: Pick<Run, 'plan' | 'input'>): Line[] {
  const reason = reasonOf(run);
  return reason === undefined ? [] : [`Reason: ${reason}`];
}

/** `1 signature`, `2 signatures`. */
export function signatures(count: number): string {
  return count === 1 ? '1 signature' : `${count} signatures`;
}

export function missingSignatures({
  run,
  signaturesHolding,
}: Pick<RunView, 'run' | 'signaturesHolding'>): number {
  // Never none while it waits: a signature that was one too many changes nothing for the reader.
  return Math.max(1, (run.terms?.approvalsNeeded ?? 1) - signaturesHolding);
}

/** Who has signed what the run now is; signatures on an earlier digest are not among them. */
export function signersOf({ run, approvals }: Pick<RunView, 'run' | 'approvals'>): string[] {
  return approvals
    .filter(({ decision, digest }) => decision === 'approved' && digest === run.digest)
    .map(({ signer }) => signer);
}

/** Who went ahead without the signatures that were asked for. */
export function maybeGlassBreaker({ approvals }: Pick<RunView, 'approvals'>): string | undefined {
  return approvals.find(({ decision }) => decision === 'broke_glass')?.signer;
}

/** `grace, lin and 3 more`, by name and without notifying anyone. */
export function people(ids: readonly string[], most: number): Span[] {
  const shown = ids.length <= most ? ids : ids.slice(0, most);
  const names = shown.flatMap((id, index): Span[] => [
    ...(index === 0 ? [] : [index === ids.length - 1 ? ' and ' : ', ']),
    { person: id },
  ]);
  return ids.length > shown.length ? [...names, ` and ${ids.length - shown.length} more`] : names;
}

/** `1 of 2 signed (grace)` */
export function signedSpans(view: RunView): Span[] {
  const signed = signersOf(view);
  const hasLapsed = signed.length > view.signaturesHolding;
  return [
    `${view.signaturesHolding} of ${view.run.terms?.approvalsNeeded ?? 0} signed`,
    ...(signed.length === 0 ? [] : [' (', ...people(signed, 2), hasLapsed ? '; not all hold now)' : ')']),
  ];
}

/** How many of how many, who could sign at this moment, and until when: one line. */
export function signatureLine(view: RunView): Line {
  const { run, signersNow } = view;
  const signed = signersOf(view);
  return [
    ...signedSpans(view),
    ' · ',
    ...(signersNow.length === 0
      ? ['nobody can sign now']
      : ['can sign now: ', ...people(signersNow, signed.length === 0 ? 4 : 3)]),
    ...openUntil(run),
  ];
}

/** ` · open until <date>` */
export function openUntil({ expiresAt }: Pick<Run, 'expiresAt'>): Span[] {
  return expiresAt === undefined ? [] : [' · open until ', { date: expiresAt }];
}

/** Said aloud: otherwise an outage of one Slack method looks like a change of rights. */
export function unreadableLines(groups: readonly string[]): Line[] {
  if (groups.length === 0) return [];
  const shown = groups.slice(0, 3).join(', ');
  const more = groups.length > 3 ? ` and ${groups.length - 3} more` : '';
  return [
    groups.length === 1
      ? `▲ The user group ${shown} cannot be read now and counts as empty`
      : `▲ The user groups ${shown}${more} cannot be read now and count as empty`,
  ];
}

/** On whose word it runs or ran: one line, whatever happened. */
export function decidedLine(view: Pick<RunView, 'run' | 'approvals'>): Line {
  const { run } = view;
  const signed = signersOf(view);
  const needed = run.terms?.approvalsNeeded ?? 0;
  return [...decidedBy(view, signed, needed), ...settledBy(run)];
}

function decidedBy(
  view: Pick<RunView, 'run' | 'approvals'>,
  signed: readonly string[],
  needed: number,
): Span[] {
  const { run } = view;
  const breaker = maybeGlassBreaker(view);
  if (breaker !== undefined)
    return ['▲ ', { person: breaker }, ' broke the glass: no second signature was given'];
  if (run.undoOf !== undefined && signed.length === 0)
    return [`Takes back ${run.undoOf}, which needs no new signature`];
  if (run.state === 'planned') return ['Waits for ', { person: run.requester }, ' to confirm it'];
  if (needed === 0)
    return run.state === 'expired' || run.state === 'cancelled'
      ? ['Needed no signature, only a confirmation']
      : ['Confirmed by ', { person: run.requester }];
  if (signed.length === 0) return [`0 of ${signatures(needed)} given`];
  return [
    `Signed by `,
    ...people(signed, 4),
    ...(signed.length < needed ? [` (${signed.length} of ${needed})`] : []),
  ];
}

/** Nobody but a person takes a run out of `unknown`, and who it was stays on the card. */
function settledBy({ state, endedBy }: Run): Span[] {
  if (endedBy === undefined || (state !== 'succeeded' && state !== 'failed')) return [];
  return [
    ' · ',
    { person: endedBy },
    state === 'succeeded' ? ' looked: it happened' : ' looked: it did not happen',
  ];
}
