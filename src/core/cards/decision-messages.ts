import type { Notice } from '../change/speak-change.ts';
import type { RunState } from '../run.ts';
import type { Line, Span } from '../text.ts';
import { type DecisionLines, decisionLines } from './decision-lines.ts';
import { waitLines } from './guarded-card.ts';
import type { CardLines } from './run-card.ts';
import { headline } from './run-headline.ts';
import { personName, saysItself, subjectOf, viewFooter, whereAbout } from './run-subject.ts';
import type { RunView } from './run-view.ts';
import type { NameOf } from './shown-line.ts';
import {
  decidedLine,
  missingSignatures,
  openUntil,
  reasonLines,
  signatureLine,
  signedSpans,
  signersOf,
} from './signature-lines.ts';
import { stepLine } from './step-lines.ts';

/** Whole minutes until then, rounded up as people count them; 0 when it is over. */
export function minutesLeft(until: Date, now: Date): number {
  return Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 60_000));
}

/** A signature is asked of this person and not yet given. */
export function isAsked(view: RunView, signerId: string): boolean {
  return view.run.state === 'awaiting_approval' && !signersOf(view).includes(signerId);
}

/**
 * What one signer is told: who asks, what would happen, where, how long it stays open; afterwards what became of
 * it and by whom. `isWhole` is false as soon as nothing is asked of them any more.
 */
export function signerLines(
  view: RunView,
  { signerId, isReminder, now }: { signerId: string; isReminder: boolean; now: Date },
  nameOf?: NameOf,
): DecisionLines {
  const { run } = view;
  if (!isAsked(view, signerId)) return { ...becameLines(view, signerId, nameOf), isWhole: false };
  const requester = personName(run.requester, nameOf);
  const asks = isReminder ? `● your signature is still needed` : `● ${requester} asks you to sign`;
  const left = run.expiresAt === undefined ? '' : `, ${minutesLeft(run.expiresAt, now)} min left`;
  return decisionLines(
    view,
    saysItself(run) ? `${asks}${whereAbout(run)}${left}: ` : `${asks}: ${subjectOf(run)}${left}: `,
    [...reasonLines(run), [...signedSpans(view), ...openUntil(run), ...joined(linkSpans(view))]],
    nameOf,
  );
}

function becameLines(view: RunView, signerId: string, nameOf: NameOf | undefined): CardLines {
  return {
    headline: becameHeadline(view, signerId, nameOf),
    body: [...becameOf(view), ...linkLines(view)],
    footer: viewFooter(view, nameOf),
    thread: [],
  };
}

/** Who did not sign is told once that others did, in words that stay true whatever becomes of it. */
function becameHeadline(view: RunView, signerId: string, nameOf: NameOf | undefined): string {
  const { run } = view;
  const signers = signersOf(view);
  if (run.state === 'awaiting_approval' && signers.includes(signerId)) {
    return `✓ you signed, ${missingSignatures(view)} more needed: ${subjectOf(run)}`;
  }
  const isSigned = ['approved', 'executing', 'succeeded', 'failed', 'unknown'].includes(run.state);
  if (!isSigned || signers.length === 0 || signers.includes(signerId)) return headline(view, nameOf);
  const names = signers.map((signer) => personName(signer, nameOf)).join(' and ');
  return `✓ signed by ${names}, no longer needed: ${subjectOf(run)}`;
}

/** What the one who asked is told when somebody else, or time, has decided. */
export function requesterLines(
  view: RunView,
  { notice, by }: { readonly notice: Notice; readonly by?: string | undefined },
  nameOf?: NameOf,
): CardLines {
  const { run } = view;
  const told = noticeWords(view, notice, by === undefined ? '' : ` by ${personName(by, nameOf)}`);
  return {
    headline: `${told}: ${subjectOf(run)}`,
    body: [
      ...(notice === 'expired' ? ['Nothing was done. “Ask again” makes the plan anew'] : []),
      ...(notice === 'signatures_void' && run.problem !== undefined ? [`Why: ${run.problem}`] : []),
      ...(notice === 'waiting_for_lock' && run.state === 'approved' ? waitLines(view) : []),
      ...(isOver(run.state, notice) ? [] : [`Now: ${headline(view, nameOf)}`]),
      ...becameOf(view),
      ...linkLines(view),
    ],
    footer: viewFooter(view, nameOf),
    thread: [],
  };
}

/** The notice says already where it stands. */
function isOver(state: RunState, notice: Notice): boolean {
  return state === notice || (notice === 'waiting_for_lock' && state === 'approved');
}

function noticeWords({ run, waitsFor }: RunView, notice: Notice, by: string): string {
  switch (notice) {
    case 'approved':
      return `✓ approved${by}`;
    case 'denied':
      return `⛔ denied${by}`;
    case 'cancelled':
      return `○ cancelled${by}`;
    case 'expired':
      return (run.terms?.approvalsNeeded ?? 0) === 0
        ? '○ expired, never confirmed'
        : '○ expired, not enough signatures in time';
    case 'signatures_void':
      return '▲ signatures void, asked again';
    case 'waiting_for_lock':
      return waitsFor === undefined ? '● waiting for its turn' : `● waiting for ${waitsFor.runId}`;
    case 'lock_is_free':
      return '… your turn, starting';
    case 'broke_glass':
      return `▲ glass broken${by}`;
    case 'settled':
      return `✓ settled${by}`;
  }
}

/** The headline may be about a problem or a report: what was asked for then stands below it. */
function becameOf(view: RunView): Line[] {
  const { run } = view;
  return [
    [{ code: run.invocation }],
    ...(run.state === 'denied' && run.problem !== undefined ? [`Why: ${run.problem}`] : []),
    ...(['failed', 'unknown', 'cancelled'].includes(run.state) ? [stepLine(view)] : []),
    run.state === 'awaiting_approval' ? signatureLine(view) : decidedLine(view),
  ];
}

function linkLines(view: RunView): Line[] {
  const spans = linkSpans(view);
  return spans.length === 0 ? [] : [spans];
}

/** Where it was asked, and its card. */
function linkSpans({ run, approvalLink }: RunView): Span[] {
  const { channelId } = run.origin;
  const asked: Span[] = channelId === undefined ? [] : ['asked in ', { channel: channelId }];
  const card: Span[] = approvalLink === undefined ? [] : [{ link: approvalLink, label: 'open the card' }];
  return asked.length === 0 ? card : [...asked, ...joined(card)];
}

function joined(spans: readonly Span[]): Span[] {
  return spans.length === 0 ? [] : [' · ', ...spans];
}
