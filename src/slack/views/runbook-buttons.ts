import type { Button, PlainTextOption } from '@slack/types';
import { type StepView, stepView, stepWords } from '../../core/cards/runbook-words.ts';
import { quoted } from '../../core/parse/quoted.ts';
import { currentStep, type RunbookInstance, unmetGuards } from '../../core/runbooks/instance.ts';
import { button } from './button.ts';
import type { CardElement } from './card-message.ts';
import { plainTextObject } from './rich-text.ts';
import { attestFormId, runbookButtons, runbookMenuId, runbookValue } from './runbook-ids.ts';

/** What a person can do about the step they are at: one primary button, at most one more, and the rest behind ⋯. */
export function runbookElements(instance: RunbookInstance): CardElement[] {
  const current = instance.state === 'active' ? currentStep(instance) : undefined;
  const view = current && stepView(instance, current.id);
  if (view === undefined) return [];
  const menu = runbookMenu(instance, view);
  if (view.record.state === 'under_way') return menu;
  const next = firstInTheWay(instance, view);
  const red = lastNotGreen(instance);
  return [
    stepButton(instance, next, 'next'),
    ...(red === undefined || red.step.id === next.step.id ? [] : [stepButton(instance, red, 'again')]),
    ...menu,
  ];
}

/** The step itself, or the first one that has to come out well before it can begin. */
function firstInTheWay(instance: RunbookInstance, view: StepView): StepView {
  let inTheWay = view;
  // Guards name earlier steps only: as many turns as there are steps are enough.
  for (let turn = 0; turn < instance.steps.length; turn += 1) {
    const [unmet] = unmetGuards(instance, inTheWay.step.id);
    const found = unmet === undefined ? undefined : stepView(instance, unmet);
    if (found === undefined) return inTheWay;
    inTheWay = found;
  }
  return inTheWay;
}

function lastNotGreen(instance: RunbookInstance): StepView | undefined {
  const record = instance.steps.findLast(
    ({ id, state, outcome }) =>
      state === 'done' &&
      (outcome === 'red' || outcome === 'unknown') &&
      stepView(instance, id)?.step.kind === 'check',
  );
  return record && stepView(instance, record.id);
}

function stepButton(instance: RunbookInstance, view: StepView, which: 'next' | 'again'): Button {
  const { step, record } = view;
  const isAttested = step.kind === 'do' && step.evidence === 'required';
  return button({
    label: isAttested ? fitting(`Attest ${stepWords(step.id)}…`, 'Attest…') : labelOf(view),
    actionId: isAttested ? attestFormId : runbookButtons[which],
    value: isAttested
      ? invocationOf('attest', instance, step.id)
      : runbookValue({ instanceId: instance.id, stepId: record.id }),
    ...(which === 'next' ? { style: 'primary' } : {}),
  });
}

function labelOf({ step, record }: StepView): string {
  const words = stepWords(step.id).replace(/^check /i, '');
  const isAgain = record.outcome !== undefined || record.finding.length > 0;
  switch (step.kind) {
    case 'do':
      return fitting(`Done: ${stepWords(step.id)}`, 'Attest');
    case 'check':
      return isAgain ? fitting(`Check ${words} again`, 'Check again') : fitting(`Check ${words}`, 'Check');
    case 'run': {
      const command = (step.command.split(/\s/, 1)[0] ?? '').trim();
      const operation = maybeOperation(step.command);
      return fitting(
        ...(operation === undefined ? [] : [`Run ${operation}`]),
        `Run ${command}`,
        inWords(command),
        'Run the command',
      );
    }
    case 'wait':
      return 'Start wait';
    case 'message':
      return sendLabel(step.to);
  }
}

function sendLabel(to: string): string {
  if (to === 'thread') return 'Send to this thread';
  return /^[CG][A-Z0-9]{2,30}$/.test(to)
    ? 'Send message'
    : fitting(`Send to #${to.replace(/^#/, '')}`, 'Send message');
}

/** Under 24 characters; what would be cut is said in fewer words instead. */
function fitting(...labels: readonly string[]): string {
  return labels.find((label) => label.length < 24) ?? labels.at(-1)!;
}

/** Of a command that runs what its second word names, that word; undefined where it is an input. */
function maybeOperation(command: string): string | undefined {
  return /^run-(?:operation|workflow)\s+\S+\s+([a-z][a-z0-9.-]*)(?:\s|$)/.exec(command.trim())?.[1];
}

/** `resend-notifications` as `Resend notifications`. */
function inWords(command: string): string {
  const words = command.replace(/-/g, ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

type MenuAct = 'attest' | 'skip' | 'assign' | 'override' | 'stop';

const labels: Readonly<Record<MenuAct, string>> = {
  attest: 'With evidence…',
  skip: 'Skip…',
  assign: 'Assign…',
  override: 'Override…',
  stop: 'Stop…',
};

/** Slack's typings: an option's value has at most 75 characters. */
const longestValue = 75;

function runbookMenu(instance: RunbookInstance, { step, record }: StepView): CardElement[] {
  const isGuarded = unmetGuards(instance, step.id).length > 0;
  const isUnderWay = record.state === 'under_way';
  const acts: MenuAct[] = [
    ...(step.kind === 'do' && step.evidence === 'optional' && !isGuarded && !isUnderWay
      ? (['attest'] as const)
      : []),
    // What a command has begun ends with its run.
    ...(isUnderWay && step.kind !== 'wait' ? [] : (['skip'] as const)),
    'assign',
    ...(isGuarded && !isUnderWay ? (['override'] as const) : []),
    'stop',
  ];
  const options = acts.flatMap((act): PlainTextOption[] => {
    const value = invocationOf(act, instance, act === 'stop' ? undefined : step.id);
    return value.length > longestValue ? [] : [{ text: plainTextObject(labels[act], 75), value }];
  });
  return options.length === 0 ? [] : [{ type: 'overflow', action_id: runbookMenuId, options }];
}

/** As a person would type it. @example invocationOf('skip', instance, 'backend') // 'runbook skip b-7k2m9q4x backend' */
function invocationOf(act: MenuAct, { id }: RunbookInstance, stepId?: string): string {
  return ['runbook', act, quoted(id), ...(stepId === undefined ? [] : [quoted(stepId)])].join(' ');
}
