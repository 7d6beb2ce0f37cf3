import { whyMayNotRespond } from '../alerts/responders.ts';
import { shownText } from '../cards/shown-line.ts';
import { replyTo } from '../change/speak-change.ts';
import { CountersignError, Refusal, UserMistake } from '../errors.ts';
import type { InboxEntry, RunbookActionRequest } from '../inbox.ts';
import type { By } from '../incidents/incident-context.ts';
import { membersOf } from '../policy/authorize.ts';
import { readMembership } from '../policy/membership.ts';
import { Superseded } from '../store.ts';
import type { Line } from '../text.ts';
import { whyNotNow } from './claim-step.ts';
import { fillMessage } from './fill-template.ts';
import type { RunbookInstance } from './instance.ts';
import type { RunbookStep } from './runbook.ts';
import type { RunbookContext } from './runbook-context.ts';
import type { RunbookTransaction } from './runbook-store.ts';
import { messagePlace } from './speak-runbook.ts';
import { attestStep, beginWait, holdInstance, messageSent, stepOf } from './step-decisions.ts';
import { titleOf } from './step-title.ts';

/**
 * Does a click on Next. @returns `run` when the step is a command: that is received as any other, and takes the step then.
 */
export async function nextStep(
  entry: InboxEntry,
  request: RunbookActionRequest,
  context: RunbookContext,
): Promise<'handled' | 'run'> {
  const instance = await context.store.maybe(request.instanceId);
  const step = instance?.runbook.steps.find(({ id }) => id === request.stepId);
  const by: By = { person: request.requester, via: request.via };
  const isPoll = request.via === 'timer' && step?.kind === 'wait';
  // Whoever began the wait was judged then; what it looks at asks the policy again.
  const refusal =
    instance === undefined || step === undefined || isPoll
      ? undefined
      : await whyMayNotDo(asShown(instance, step), by.person, context);
  if (refusal === undefined && (isPoll || step?.kind === 'check' || step?.kind === 'run')) return 'run';
  try {
    await context.store.transaction(async (transaction) => {
      transaction.takeInboxEntry(entry.key);
      const answer = refusal ?? (await decide(request, by, context, transaction));
      if (answer === undefined) return;
      const asked = { key: entry.key, person: by.person, origin: request.origin };
      for (const message of replyTo(asked, answer)) transaction.want(message);
    });
  } catch (error) {
    // Another worker held the same entry, or the person was told that nothing is done.
    if (!(error instanceof Superseded)) throw error;
  }
  return 'handled';
}

async function decide(
  { instanceId, stepId }: RunbookActionRequest,
  by: By,
  context: RunbookContext,
  transaction: RunbookTransaction,
): Promise<Line | undefined> {
  try {
    const instance = await holdInstance(instanceId, transaction);
    const step = stepOf(instance, stepId);
    const why = whyNotNow(instance, instanceId, stepId);
    if (why !== undefined) return why;
    switch (step.kind) {
      case 'do':
        await attestStep(instanceId, stepId, undefined, by, transaction);
        return undefined;
      case 'wait':
        beginWait(instance, step, by, transaction);
        return undefined;
      case 'message': {
        const template = instance.templates[step.template] ?? '';
        const place = messagePlace(step.to, instance, context.settings());
        const attempt = transaction.now.getTime();
        transaction.want({
          id: `runbook:${instanceId}:message:${stepId}:${attempt}`,
          place,
          urgency: 'decision',
          content: { markdown: fillMessage(template, instance.inputs) },
        });
        messageSent(instance, step, by, step.to, transaction);
        return undefined;
      }
      default:
        return 'This card is from an older version, so nothing was done.';
    }
  } catch (error) {
    if (error instanceof CountersignError) return error.message;
    throw error;
  }
}

/** Why a person may not do, attest or skip a step, naming who may; undefined: they may. Read before the deciding transaction. */
export async function whyMayNotDo(
  { role, title }: Pick<RunbookStep, 'role' | 'title'>,
  person: string,
  context: Pick<RunbookContext, 'settings' | 'membership'>,
): Promise<string | undefined> {
  const refusal = await whyMayNotRespond(person, context);
  if (refusal !== undefined || role === undefined) return refusal;
  const settings = context.settings();
  const snapshot = await readMembership(context.membership, settings, [person]);
  const { users, unreadableGroups } = membersOf(role, settings, snapshot);
  if (users.includes(person)) return undefined;
  const why =
    unreadableGroups.length === 0
      ? ''
      : ` (the group ${unreadableGroups.join(', ')} cannot be read now, so it has no members)`;
  return `Only the role "${role}" may do "${title}", and you are not in it${why}.`;
}

function asShown(instance: RunbookInstance, { id, role }: RunbookStep): Pick<RunbookStep, 'role' | 'title'> {
  return { role, title: titleOf(instance, id) };
}

/** @throws Refusal as {@link whyMayNotDo} says; UserMistake when there is no such step. */
export async function refuseOthers(
  instanceId: string,
  stepId: string,
  person: string,
  context: RunbookContext,
): Promise<void> {
  const instance = await context.store.maybe(instanceId);
  if (instance === undefined) {
    throw new UserMistake('no_such_instance', `There is no started runbook "${instanceId}".`);
  }
  const refusal = await whyMayNotDo(asShown(instance, stepOf(instance, stepId)), person, context);
  if (refusal !== undefined) throw new Refusal('not_authorized', shownText(refusal, { limit: 600 }));
}
