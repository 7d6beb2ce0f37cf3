import type { JsonObject } from '../../command.ts';
import { code, type Line, type Span } from '../text.ts';
import { incidentTellers } from './incident-sentences.ts';
import { runbookTellers } from './runbook-sentences.ts';
import {
  actorSpan,
  calledBy,
  type Facts,
  factsSchema,
  groupSpan,
  listed,
  type Teller,
} from './told-facts.ts';

/** What a sentence needs of an entry; kinds this version does not know are told generically. */
export interface ToldEntry {
  readonly kind: string;
  readonly actor: string;
  readonly facts: JsonObject;
}

const tellers: Readonly<Record<string, Teller>> = {
  'run.requested': (actor, facts) => [actor, ' asked for ', command(facts), ...where(facts)],
  'run.refused': (actor, facts) => [actor, ' was refused ', command(facts), ...where(facts), ...why(facts)],
  'run.succeeded': (actor, facts) => [command(facts), ' for ', actor, ' finished', ...outcome(facts)],
  'run.failed': (actor, facts) => [command(facts), ' for ', actor, ' failed', ...why(facts)],
  'run.unknown': (actor, facts) => [command(facts), ' for ', actor, ' has an unknown outcome', ...why(facts)],
  'run.cancelled': (actor, facts) => [command(facts), ' for ', actor, ' was cancelled', ...why(facts)],
  'run.confirmed': (actor, facts) => [actor, ' confirmed ', command(facts), ...where(facts)],
  'run.started': (_, facts) => [
    command(facts),
    ...where(facts),
    ' began',
    ...((facts.signers ?? []).length === 0 ? [] : [', signed by ', ...listed(facts.signers!.map(actorSpan))]),
  ],
  'run.cancel_requested': (actor, facts) => [
    actor,
    ' asked ',
    command(facts),
    ' to stop before its next step',
  ],
  'run.expired': (_, facts) => [command(facts), ' was not begun in time'],
  'run.looked_again': (actor, facts) => [actor, ' looked again at what became of ', command(facts)],
  'run.settled': (actor, facts) => [
    actor,
    ' settled ',
    command(facts),
    facts.says === 'happened' ? ': it happened' : ': it did not happen',
  ],
  'run.taken_over': (_, facts) => [
    command(facts),
    ' was taken over',
    ...(facts.from === undefined ? [' by another process'] : [' from process ', code(facts.from)]),
  ],
  'approval.requested': (actor, facts) => [
    actor,
    ' asked for signatures on ',
    command(facts),
    ...where(facts),
  ],
  'approval.granted': (actor, facts) => [actor, ' signed ', command(facts), ...where(facts)],
  'approval.denied': (actor, facts) => [actor, ' denied ', command(facts), ...where(facts)],
  'approval.expired': (_, facts) => ['The request to sign ', command(facts), ' expired'],
  'approval.refused': (actor, facts) => [
    'A click of ',
    actor,
    ' on ',
    command(facts),
    ' was not counted',
    ...(facts.reason === undefined ? [] : [`: ${facts.reason.replaceAll('_', ' ')}`]),
  ],
  'approval.voided': (_, facts) =>
    facts.signers === undefined || facts.signers.length === 0
      ? ['The policy asks for more signatures on ', command(facts), ' now']
      : ['Signatures on ', command(facts), ' no longer count', ...signedBy(facts)],
  'glass.broken': (actor, facts) => [actor, ' broke the glass for ', command(facts), ...where(facts)],
  'glass.reviewed': (actor, facts) => [actor, ' reviewed the broken glass of ', command(facts)],
  'lockdown.begun': (actor) => [actor, ' locked everything but reads down'],
  'lockdown.lift_signed': (actor) => [actor, ' agreed to lift the lockdown'],
  'lockdown.lifted': (actor) => [actor, ' lifted the lockdown'],
  'alert.woke': (_, facts) => [
    'Alert ',
    groupSpan(facts),
    ' called ',
    ...calledBy(facts, 'its route names no one'),
  ],
  'alert.escalated': (actor, facts) => [
    ...(facts.because === 'by_hand'
      ? [actor, ' called level 2 for alert ']
      : ['Level 2 was called for alert ']),
    groupSpan(facts),
    ...(facts.because === 'unacknowledged'
      ? [': nobody had acknowledged it']
      : facts.because === 'unresolved'
        ? [': it had not resolved']
        : []),
  ],
  'alert.acknowledged': (actor, facts) => [actor, ' acknowledged alert ', groupSpan(facts)],
  'alert.closed': (actor, facts) => [actor, ' closed alert ', groupSpan(facts), ' by hand'],
  'alert.severity_set': (actor, facts) => [
    actor,
    ' made alert ',
    groupSpan(facts),
    ` ${facts.to ?? 'another severity'}`,
    ...(facts.from === undefined ? [] : [` instead of ${facts.from}`]),
  ],
  'alert.resolved': (_, facts) => ['Alert ', groupSpan(facts), ' resolved', ...alertWords(facts)],
  'alert.reopened': (_, facts) => ['Alert ', groupSpan(facts), ' fires again', ...alertWords(facts)],
  'alert.worsened': (_, facts) => [
    'Alert ',
    groupSpan(facts),
    ` became ${facts.severity ?? 'worse'}`,
    ...alertWords({ ...facts, severity: undefined }),
  ],
  'silence.begun': (actor, facts) => [
    actor,
    ` began silence ${facts.silence ?? ''}`,
    ...(facts.minutes === undefined ? [] : [` for ${facts.minutes} min`]),
  ],
  'silence.ended': (actor, facts) => [
    ...(facts.silence === undefined ? ['A silence'] : [`Silence ${facts.silence}`]),
    ' was ended by ',
    actor,
  ],
  'policy.loaded': (actor, facts) => [
    'Policy',
    ...(facts.digest === undefined ? [] : [' ', code(facts.digest.slice(0, 12))]),
    ' loaded by ',
    actor,
  ],
  'ledger.checkpointed': (actor, facts) => [
    actor,
    ' took a checkpoint of the ledger',
    ...(facts.keyId === undefined ? [] : [' with key ', code(facts.keyId)]),
  ],
  'ledger.erased': (actor, facts) => [
    actor,
    ` erased ${facts.texts ?? 'some'} private ${facts.texts === 1 ? 'text' : 'texts'} from the ledger`,
  ],
  ...incidentTellers,
  ...runbookTellers,
};

/** One line of "who did what", for history, timelines and postmortems. */
export function sentence({ kind, actor, facts }: ToldEntry): Line {
  const who = actorSpan(actor);
  const tell = Object.hasOwn(tellers, kind) ? tellers[kind] : undefined;
  return tell === undefined ? [who, ': ', code(kind)] : tell(who, factsSchema.parse(facts));
}

/** The command with the arguments that short names are enough for: `verify-audit acme`. */
function command({ command: name, args }: Facts): Span {
  const values = Object.values(args ?? {}).flatMap((value) =>
    typeof value === 'string' && value !== '' && value.length <= 40 ? [value] : [],
  );
  return code([name ?? 'a command', ...values].join(' '));
}

function where({ target, environment }: Facts): readonly Span[] {
  if (target === undefined) return [];
  return [
    environment === undefined || environment === '' ? ` on ${target}` : ` on ${target} (${environment})`,
  ];
}

function why({ problem }: Facts): readonly Span[] {
  return problem === undefined || problem === '' ? [] : [`: ${problem}`];
}

function outcome({ headline }: Facts): readonly Span[] {
  return headline === undefined || headline === '' ? [] : [`: ${headline}`];
}

function signedBy({ signers = [] }: Facts): readonly Span[] {
  return signers.length === 0 ? [] : [': ', ...listed(signers.map(actorSpan))];
}

/** ` (critical, prometheus): HighErrorRate` */
function alertWords({ severity, source, title }: Facts): readonly Span[] {
  const known = [severity, source].filter((word) => word !== undefined && word !== '');
  return [
    ...(known.length === 0 ? [] : [` (${known.join(', ')})`]),
    ...(title === undefined || title === '' ? [] : [`: ${title}`]),
  ];
}
