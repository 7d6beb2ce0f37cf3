/** The rules of guided runbooks in as few words as can be, without a database: what each thing people do comes to. */
import type { RunbookStep } from '../../../src/core/runbooks/runbook.ts';
import { ada, bob, eve, lin } from '../change/guarded-people.ts';

export type Found = 'green' | 'red' | 'seen' | 'unknown' | 'refused' | 'broken';

/** What one person does, or the clock. Steps are named by their place. */
export type RunbookEvent =
  | { readonly kind: 'next'; readonly step: number; readonly who: string }
  | { readonly kind: 'attest'; readonly step: number; readonly who: string; readonly hasEvidence: boolean }
  | { readonly kind: 'skip'; readonly step: number; readonly who: string }
  | { readonly kind: 'stop'; readonly who: string }
  /** Asked for by Ada, signed by Lin. */
  | { readonly kind: 'override'; readonly step: number }
  | { readonly kind: 'decide'; readonly step: number; readonly how: 'go' | 'deny' | 'cancel' }
  | { readonly kind: 'find'; readonly step: number; readonly found: Found }
  | { readonly kind: 'pass'; readonly minutes: number }
  | { readonly kind: 'restart' }
  /** What is being looked at has been seen: others may come before that. */
  | { readonly kind: 'seen' };

interface OracleStep {
  state: 'open' | 'under_way' | 'done';
  /** Its outcome, or how its run stands. */
  word: string | undefined;
  isOverridden: boolean;
  dueMinutes: number;
  lookMinutes: number;
  found: Found;
}

export interface Oracle {
  readonly steps: readonly RunbookStep[];
  state: 'active' | 'finished' | 'stopped';
  readonly records: OracleStep[];
}

/** `told`: the one who clicked is answered that it cannot be. `elsewhere`: the policy says no, as of any command. */
export type Verdict = 'done' | 'told' | 'elsewhere';

const good = ['green', 'attested', 'succeeded', 'sent', 'waited'];
const outcomes: Readonly<Record<Found, string>> = {
  green: 'green',
  red: 'red',
  seen: 'seen',
  unknown: 'unknown',
  broken: 'unknown',
  refused: 'refused',
};

export function oracle(steps: readonly RunbookStep[]): Oracle {
  const records = steps.map(
    (): OracleStep => ({
      state: 'open',
      word: undefined,
      isOverridden: false,
      dueMinutes: 0,
      lookMinutes: 0,
      found: 'green',
    }),
  );
  return { steps, state: 'active', records };
}

export function standingOf({ steps, records }: Oracle): string[] {
  return records.map(({ state, word }, index) => `${steps[index]!.id} ${word ?? state}`);
}

/** @returns how things are after it; `before` stays as it was. */
export function afterEvent(
  before: Oracle,
  event: RunbookEvent,
): { readonly oracle: Oracle; readonly verdict: Verdict } {
  const changed: Oracle = { ...before, records: before.records.map((record) => ({ ...record })) };
  const verdict = happen(changed, event);
  finish(changed);
  return { oracle: changed, verdict };
}

/** What is due of waits is done by jobs, once people have done what they do at the same time. */
export function worked(before: Oracle): Oracle {
  const changed = afterEvent(before, { kind: 'seen' }).oracle;
  if (changed.state === 'active') for (const index of changed.steps.keys()) lookIfDue(changed, index);
  finish(changed);
  return changed;
}

function finish(now: Oracle): void {
  const isOver = now.records.every(({ state }) => state === 'done');
  if (now.state === 'active' && isOver) now.state = 'finished';
}

function happen(now: Oracle, event: RunbookEvent): Verdict {
  switch (event.kind) {
    case 'next':
      return click(now, event.step, event.who);
    case 'attest': {
      const step = now.steps[event.step]!;
      const isAttestable = step.kind === 'do' && (step.evidence === 'optional' || event.hasEvidence);
      if (!isAttestable || !mayDo(step, event.who) || !mayBegin(now, event.step)) return 'told';
      return end(now.records[event.step]!, 'attested');
    }
    case 'skip': {
      const step = now.steps[event.step]!;
      const record = now.records[event.step]!;
      const isOpenNow = record.state === 'open' && current(now) === event.step;
      const isWaiting = record.state === 'under_way' && step.kind === 'wait';
      if (now.state !== 'active' || !mayDo(step, event.who) || !(isOpenNow || isWaiting)) return 'told';
      return end(record, 'skipped');
    }
    case 'stop':
      if (now.state !== 'active' || event.who === eve) return 'told';
      now.state = 'stopped';
      return 'done';
    case 'override': {
      const record = now.records[event.step]!;
      if (now.state !== 'active' || record.state === 'done' || unmet(now, event.step).length === 0)
        return 'told';
      record.isOverridden = true;
      return 'done';
    }
    case 'decide': {
      const record = now.records[event.step]!;
      const isSigned = record.word === 'waits for signatures';
      if (!isSigned && record.word !== 'waits to be confirmed') return 'told';
      if (event.how === 'deny' && !isSigned) return 'told';
      if (event.how === 'go') return end(record, 'succeeded');
      record.state = 'open';
      record.word = event.how === 'deny' ? 'denied' : 'cancelled';
      return 'done';
    }
    case 'find':
      now.records[event.step]!.found = event.found;
      return 'done';
    case 'pass':
      for (const record of now.records) {
        record.dueMinutes -= event.minutes;
        record.lookMinutes -= event.minutes;
      }
      return 'done';
    case 'restart':
      return 'done';
    case 'seen':
      for (const [index, { kind }] of now.steps.entries()) if (kind === 'check') seeIt(now.records[index]!);
      return 'done';
  }
}

function seeIt(record: OracleStep): void {
  if (record.state !== 'under_way') return;
  record.word = outcomes[record.found];
  record.state = record.found === 'refused' ? 'open' : 'done';
}

function click(now: Oracle, index: number, who: string): Verdict {
  const step = now.steps[index]!;
  const record = now.records[index]!;
  if (!mayDo(step, who)) return 'told';
  // Lin may look and sign, and not run what changes something: that is said before whose turn it is.
  if (step.kind === 'run' && who === lin) return 'elsewhere';
  if (!mayBegin(now, index)) return 'told';
  switch (step.kind) {
    case 'do':
      return step.evidence === 'required' ? 'told' : end(record, 'attested');
    case 'check':
      record.state = 'under_way';
      record.word = 'runs';
      return 'done';
    case 'run':
      record.state = 'under_way';
      record.word = step.command.startsWith('halt') ? 'waits for signatures' : 'waits to be confirmed';
      return 'done';
    case 'wait':
      record.state = 'under_way';
      record.word = undefined;
      record.dueMinutes = step.minutes;
      record.lookMinutes = step.until === undefined ? step.minutes : 0;
      return 'done';
    case 'message':
      return end(record, 'sent');
  }
}

function lookIfDue(now: Oracle, index: number): void {
  const step = now.steps[index]!;
  const record = now.records[index]!;
  if (step.kind !== 'wait' || record.state !== 'under_way' || record.lookMinutes > 0) return;
  if (record.dueMinutes <= 0) end(record, step.until === undefined ? 'waited' : 'red');
  else if (record.found === 'green') end(record, 'green');
  else record.lookMinutes = Math.min(record.dueMinutes, step.until?.everyMinutes ?? 0);
}

function end(record: OracleStep, word: string): Verdict {
  record.state = 'done';
  record.word = word;
  return 'done';
}

function mayDo({ role }: RunbookStep, who: string): boolean {
  if (![ada, bob, lin].includes(who)) return false;
  return role === undefined || who === bob || who === lin;
}

function mayBegin(now: Oracle, index: number): boolean {
  const { state, word } = now.records[index]!;
  if (now.state !== 'active' || state === 'under_way') return false;
  if (state === 'done' && good.includes(word ?? '')) return false;
  if (state === 'open' && current(now) !== index) return false;
  return unmet(now, index).length === 0;
}

function current({ records }: Oracle): number {
  return records.findIndex(({ state }) => state !== 'done');
}

function unmet({ steps, records }: Oracle, index: number): string[] {
  if (records[index]!.isOverridden) return [];
  return steps[index]!.requires.filter((required) => {
    const { state, word } = records[steps.findIndex(({ id }) => id === required)]!;
    return state !== 'done' || !good.includes(word ?? '');
  });
}
