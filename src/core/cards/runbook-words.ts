import { UserMistake } from '../errors.ts';
import { fillCommand, fillText, type Inputs } from '../runbooks/fill-template.ts';
import type { RunbookInstance, StepOutcome, StepRecord } from '../runbooks/instance.ts';
import { goodOutcomes } from '../runbooks/instance.ts';
import type { RunbookStep } from '../runbooks/runbook.ts';
import type { Line, Span } from '../text.ts';

/** A step's command as it is typed; as the file says where an input is missing. */
export function commandText(command: string, inputs: Inputs): string {
  try {
    return fillCommand(command, inputs);
  } catch (error) {
    if (error instanceof UserMistake) return command;
    throw error;
  }
}

/** `thread`, `incidents`, a channel's name or its id, as people name it. */
export function whereTo(to: string): Line {
  if (to === 'thread') return 'this thread';
  return [/^[CG][A-Z0-9]{2,30}$/.test(to) ? { channel: to } : `#${to.replace(/^#/, '')}`];
}

/** `snapshot-id` is the snapshot id. */
export function stepWords(id: string): string {
  return id.replace(/[-_]+/g, ' ').trim();
}

const marks: Readonly<Record<StepOutcome, string>> = {
  green: '✓',
  attested: '✓',
  succeeded: '✓',
  sent: '✓',
  waited: '✓',
  red: '✗',
  unknown: '?',
  seen: '○',
  skipped: '↷',
};

export function outcomeMark(outcome: StepOutcome | undefined): string {
  return outcome === undefined ? '–' : marks[outcome];
}

export function isWell({ state, outcome }: Pick<StepRecord, 'state' | 'outcome'>): boolean {
  return state === 'done' && outcome !== undefined && goodOutcomes.includes(outcome);
}

/** `✓ 4 earlier steps · ✗ 1 red · ↷ 1 skipped`: what came out otherwise is never counted with the rest. */
export function countWords(records: readonly StepRecord[], wells: (count: number) => string): string {
  const well = records.filter(isWell).length;
  const others = (['red', 'unknown', 'seen', 'skipped'] as const).flatMap((outcome) => {
    const count = records.filter((record) => record.state === 'done' && record.outcome === outcome).length;
    return count === 0 ? [] : [`${marks[outcome]} ${count} ${outcome}`];
  });
  return [...(well === 0 ? [] : [`✓ ${wells(well)}`]), ...others].join(' · ');
}

/** Whoever a report names is shown, and not called by the card that repeats it. */
export function uncalling(line: Line): Line {
  if (typeof line === 'string') return line;
  return line.map((span): Span => {
    if (typeof span === 'string') return span;
    if ('user' in span) return { person: span.user };
    return 'usergroup' in span ? `@${span.usergroup}` : span;
  });
}

/** An address that leads where it says: whoever reads `https://bank.example@evil.example` reads another host. */
export function isPlainAddress(text: string): boolean {
  return /^https?:\/\/[^\s/@?#]+(?:[/?#]|$)/.test(text) && URL.canParse(text);
}

/** Addresses that the runbook's author wrote are links; what was filled in is text. */
export function linked(line: string, inputs: Inputs): Line {
  // Marks at its end belong to the sentence around it.
  return line.split(/(https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)\]}*_])/).map((part, index): Span => {
    // A word with a placeholder in it is no address anybody has read.
    const isAddress = index % 2 === 1 && !part.includes('{{') && isPlainAddress(part);
    return isAddress ? { link: part, label: part } : fillText(part, inputs);
  });
}

/** The step as its file says and as it stands. */
export interface StepView {
  readonly step: RunbookStep;
  readonly record: StepRecord;
}

export function stepView(instance: RunbookInstance, id: string): StepView | undefined {
  const step = instance.runbook.steps.find((one) => one.id === id);
  const record = instance.steps.find((one) => one.id === id);
  return step === undefined || record === undefined ? undefined : { step, record };
}
