import type { App } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { TargetOffer } from '../core/choose-target.ts';
import type { Origin } from '../core/run.ts';
import type { RunForm } from './decision-requests.ts';
import { recordedIn } from './inbox-receiver.ts';
import { writeModalContext } from './modal-context.ts';
import { type FormAbout, type Reaction, type Reading, targetsFor } from './requests.ts';
import type { SearchOptions } from './search-options.ts';
import type { GroupForm } from './views/alert-ids.ts';
import { argumentsModal } from './views/arguments-modal.ts';
import { problemView, readingView } from './views/reading-view.ts';
import { offerModalBlocks, replyBlocks } from './views/reply.ts';

export interface ListenerContext {
  readonly targets: () => readonly TargetOffer[];
  readonly search: SearchOptions;
  /** Fills an open form with what is known of a run. */
  readonly fillRunForm: (form: {
    readonly viewId: string;
    readonly runId: string;
    readonly form: RunForm;
    /** Who opened it, and where. */
    readonly by: string;
    readonly origin: Origin;
  }) => Promise<void>;
  /** The same of a group of alerts. */
  readonly fillGroupForm: (form: {
    readonly viewId: string;
    readonly groupId: string;
    readonly form: GroupForm;
    readonly by: string;
    readonly origin: Origin;
  }) => Promise<void>;
  readonly onFault: (error: unknown, correlationId: string) => void;
}

export const notRecorded =
  'Nothing was recorded or done: the record could not be written in time. Try again in a moment.';

/**
 * What happens within the 3 seconds Slack gives: the acknowledgement, a modal opened with the request's own
 * trigger, errors on its fields. Everything else is a job.
 */
export function listen(app: App, context: ListenerContext): void {
  app.command(/.*/, async ({ ack, client, context: bolt }) => {
    const { reading, stored, correlationId } = recordedIn(bolt);
    if (stored === 'failed') return ack({ response_type: 'ephemeral', text: notRecorded });
    if (stored === 'duplicate') return ack();
    const { reaction } = reading;
    if (reaction.kind === 'reply') {
      return ack({ response_type: 'ephemeral', ...replyBlocks(reaction.text, reaction.usage) });
    }
    // The trigger lives 3 s and the view needs no acknowledgement: both leave at once.
    await Promise.all([ack(), open(reaction, client, context, correlationId)]);
  });

  app.event('app_mention', async ({ client, context: bolt }) => {
    const { reading, stored } = recordedIn(bolt);
    if (stored === 'duplicate') return;
    if (stored === 'failed') return tell(client, reading, replyBlocks(notRecorded));
    if (reading.reaction.kind === 'reply') {
      return tell(client, reading, replyBlocks(reading.reaction.text, reading.reaction.usage));
    }
    if (reading.reaction.kind === 'offer_modal')
      return tell(client, reading, offerModalBlocks(reading.reaction));
  });

  app.action(/.*/, async ({ ack, client, respond, context: bolt }) => {
    const { reading, stored, correlationId } = recordedIn(bolt);
    await Promise.all([
      ack(),
      stored === 'stored' ? open(reading.reaction, client, context, correlationId) : undefined,
    ]);
    const isOnMessage = reading.origin.responseUrl !== undefined;
    const text =
      stored === 'failed'
        ? notRecorded
        : reading.reaction.kind === 'reply'
          ? reading.reaction.text
          : undefined;
    if (text !== undefined && isOnMessage) {
      await respond({ response_type: 'ephemeral', replace_original: false, ...replyBlocks(text) });
    }
  });

  app.shortcut(/.*/, async ({ ack, respond, context: bolt }) => {
    const { reading, stored } = recordedIn(bolt);
    await ack();
    const { reaction, origin } = reading;
    const text =
      stored === 'failed'
        ? notRecorded
        : stored === 'stored' && reaction.kind === 'reply'
          ? reaction.text
          : undefined;
    // Those that stand on no message have no answer of their own, and none of ours do.
    if (text !== undefined && origin.responseUrl !== undefined) {
      await respond({ response_type: 'ephemeral', replace_original: false, ...replyBlocks(text) });
    }
  });

  app.view({ callback_id: /.*/, type: 'view_submission' }, async ({ ack, context: bolt }) => {
    const { reading, stored } = recordedIn(bolt);
    if (stored === 'failed')
      return ack({
        response_action: 'update',
        view: problemView({ command: 'Nothing done', invocation: '', problem: notRecorded }),
      });
    const { reaction } = reading;
    if (reaction.kind === 'view_errors')
      return ack({ response_action: 'errors', errors: { ...reaction.errors } });
    if (reaction.kind === 'view_problem') {
      const { command, text } = reaction;
      return ack({
        response_action: 'update',
        view: problemView({ command, invocation: '', problem: text }),
      });
    }
    if (reaction.kind === 'view_reading') {
      return ack({
        response_action: 'update',
        view: readingView({ command: reaction.command.name, invocation: reaction.invocation }),
      });
    }
    return ack();
  });
  app.view({ callback_id: /.*/, type: 'view_closed' }, ({ ack }) => ack());

  app.options(/.*/, async ({ ack, body }) => {
    await ack({ options: await context.search(body) });
  });
}

async function open(
  reaction: Reaction,
  client: WebClient,
  context: ListenerContext,
  correlationId: string,
): Promise<void> {
  if (reaction.kind === 'open_form') return openForm(reaction, client, context, correlationId);
  if (reaction.kind !== 'open_modal') return;
  const { command, input, problems, origin, triggerId, incidentId } = reaction;
  const view = argumentsModal({
    command: command.name,
    definition: command.definition,
    input,
    problems,
    targets: targetsFor(command, context),
    privateMetadata: writeModalContext({ command: command.name, origin, incidentId }),
  });
  try {
    await client.views.open({ trigger_id: triggerId, view });
  } catch (error) {
    // The person sees no form and types again; there is nobody to answer without a trigger.
    context.onFault(error, correlationId);
  }
}

/** The trigger lives 3 s: the form opens empty, and is filled when what it is about has been read. */
async function openForm(
  { triggerId, about, by, origin }: Extract<Reaction, { kind: 'open_form' }>,
  client: WebClient,
  context: ListenerContext,
  correlationId: string,
): Promise<void> {
  try {
    const { view } = await client.views.open({ trigger_id: triggerId, view: readingView(openedAs(about)) });
    if (view?.id === undefined) return;
    const asked = { by, origin, viewId: view.id };
    if (about.kind === 'run') await context.fillRunForm({ runId: about.runId, form: about.form, ...asked });
    else await context.fillGroupForm({ groupId: about.groupId, form: about.form, ...asked });
  } catch (error) {
    // The person sees no form and clicks again; there is nobody to answer without a trigger.
    context.onFault(error, correlationId);
  }
}

const groupTitles: Readonly<Record<GroupForm, string>> = {
  silence: 'Silence',
  severity: 'Severity',
  raw: 'Raw',
};

function openedAs(about: FormAbout): { command: string; invocation: string } {
  if (about.kind === 'group') return { command: groupTitles[about.form], invocation: about.groupId };
  return { command: about.form === 'break_glass' ? 'Break glass' : 'Reading', invocation: about.runId };
}

async function tell(
  client: WebClient,
  { origin, requester }: Reading,
  content: ReturnType<typeof replyBlocks>,
) {
  if (origin.channelId === undefined || requester === undefined) return;
  await client.chat.postEphemeral({
    channel: origin.channelId,
    user: requester,
    ...(origin.threadTs === undefined ? {} : { thread_ts: origin.threadTs }),
    ...content,
  });
}
