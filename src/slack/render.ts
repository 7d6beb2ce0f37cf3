import { z } from 'zod';
import type { RunView } from '../core/cards/run-view.ts';
import { shownText } from '../core/cards/shown-line.ts';
import { isAskedWhereSigned, notices } from '../core/change/speak-change.ts';
import { headlineId } from '../core/incidents/deeds.ts';
import type { ClaimedMessage } from '../core/message.ts';
import { isAnsweredPrivately } from '../core/speak.ts';
import type { Lockdown } from '../core/store.ts';
import type { Line } from '../core/text.ts';
import { maybeRunForm, type RunForm } from './decision-requests.ts';
import type { Rendered } from './delivery/rendered.ts';
import { type AlertRenderContext, maybeAlertPart, renderAlert } from './render/alerts.ts';
import { type IncidentRenderContext, maybeIncidentPart, renderIncident } from './render/incidents.ts';
import { readNames } from './render/names.ts';
import { glassBreakMessage, reviewMessage } from './views/break-glass-message.ts';
import { requesterMessage, signerMessage } from './views/decision-dm.ts';
import { detailsView } from './views/details-view.ts';
import { approvalMessage, askedMessage, copyMessage, type Shown } from './views/guarded-message.ts';
import { lockdownMessage } from './views/lockdown-message.ts';
import { breakGlassView, denyView } from './views/reason-view.ts';
import { replyBlocks } from './views/reply.ts';
import { reportCard } from './views/report-card.ts';
import {
  maybeRunPart,
  peopleInView,
  runCard,
  runMessage,
  runModal,
  type ShownPart,
  viewCard,
  withoutAnswer,
} from './views/run-message.ts';
import { whoCanSignView } from './views/who-can-sign.ts';

export interface RenderContext extends AlertRenderContext, IncidentRenderContext {
  /** The run, with everything its cards show, as it stands now. */
  readonly maybeRun: (id: string) => Promise<RunView | undefined>;
  readonly maybeLockdown: (
    id: number,
  ) => Promise<{ readonly lockdown: Lockdown; readonly receipt: string | undefined } | undefined>;
  readonly maybeReview: (
    runId: string,
  ) => Promise<
    { readonly reason: string; readonly brokenAt: Date; readonly reviewedBy: string | undefined } | undefined
  >;
  readonly permalink: (messageId: string) => Promise<string | undefined>;
  /** The channel signatures are given in. */
  readonly opsChannel: () => Promise<string>;
  readonly now: () => Date;
}

const told = z.object({ notice: z.enum(notices), by: z.string().optional() });
/** Who opened a form, and where. */
const opened = z.object({
  by: z.string().optional(),
  channelId: z.string().optional(),
  threadTs: z.string().optional(),
});
const broke = z.object({ reason: z.string().optional() });
const frozenLine = z.object({
  line: z.custom<Line>((value) => typeof value === 'string' || Array.isArray(value)),
});
const frozenText = z.object({ text: z.string() });

/** Shows a message from the state as it is at this moment, whatever it was when the message was asked for. */
export function renderer(context: RenderContext) {
  return async (message: ClaimedMessage): Promise<Rendered | undefined> => {
    const lockdownId = /^lockdown:(\d+):card$/.exec(message.id)?.[1];
    if (lockdownId !== undefined) return lockdownCard(Number(lockdownId), context);
    const alert = maybeAlertPart(message.id);
    if (alert !== undefined) return renderAlert(alert, message, context);
    const incident = maybeIncidentPart(message.id);
    if (incident !== undefined) return renderIncident(incident, message, context);
    const form = maybeRunForm(message.id);
    const part = maybeRunPart(message.id);
    const runId = form?.runId ?? part?.runId;
    if (runId === undefined) return frozen(message, context);
    const view = await context.maybeRun(runId);
    if (view === undefined) return undefined;
    const names = await readNames(peopleInView(view), context.membership);
    const shown: Shown = { nameOf: (id) => names.get(id), now: context.now() };
    if (form !== undefined) return runForm(form.form, message, view, shown);
    return part === undefined ? undefined : runPart(part, message, view, shown, context);
  };
}

async function runPart(
  { part, page, about }: ShownPart,
  message: ClaimedMessage,
  view: RunView,
  shown: Shown,
  context: RenderContext,
): Promise<Rendered | undefined> {
  const { run } = view;
  const { nameOf = () => undefined } = shown;
  switch (part) {
    case 'view':
      return { kind: 'view', view: runModal(view, shown) };
    case 'card': {
      if (isAnsweredPrivately(run)) {
        return sent(reportCard(withoutAnswer(runCard(run, view.receipt)), nameOf));
      }
      const ops = run.digest === undefined ? '' : await context.opsChannel();
      return sent(askedMessage(view, shown, { isSignedHere: isAskedWhereSigned(run, ops) }));
    }
    case 'answer':
    case 'details':
      return sent(runMessage(viewCard(view, nameOf), part, page, nameOf));
    case 'approval':
      return sent(approvalMessage(view, shown));
    case 'ask':
    case 'remind':
      return about === undefined
        ? undefined
        : sent(signerMessage(view, { signerId: about, isReminder: part === 'remind' }, shown));
    case 'told': {
      const notice = told.safeParse(message.content);
      return notice.success ? sent(requesterMessage(view, notice.data, shown)) : undefined;
    }
    case 'copy':
    case 'thread':
      return sent(copyMessage(view, shown));
    case 'broke_glass':
    case 'incident':
      return sent(
        glassBreakMessage(
          view,
          { reason: broke.safeParse(message.content).data?.reason, links: await linksOf(run, context) },
          shown,
        ),
      );
    case 'review': {
      const review = await context.maybeReview(run.id);
      if (review === undefined) return undefined;
      return sent(reviewMessage(view, { ...review, links: await linksOf(run, context) }, shown));
    }
  }
}

function runForm(form: RunForm, { content }: ClaimedMessage, view: RunView, shown: Shown): Rendered {
  const { by = '', ...from } = opened.parse(content ?? {});
  switch (form) {
    case 'details':
      // The submission is judged like any click; those who could not sign are not offered to.
      return {
        kind: 'view',
        view: detailsView(view, { ...shown, maySign: view.signersNow.includes(by) }, from),
      };
    case 'who_can_sign':
      return { kind: 'view', view: whoCanSignView(view, shown, from) };
    case 'deny':
      return { kind: 'view', view: denyView(view, shown, from) };
    case 'break_glass':
      return { kind: 'view', view: breakGlassView(view, shown, from) };
  }
}

async function linksOf({ id, incidentId }: RunView['run'], { permalink }: RenderContext) {
  const parts = [
    { message: `run:${id}:card`, label: 'Its card' },
    { message: `run:${id}:approval`, label: 'Its approval card' },
    ...(incidentId === undefined ? [] : [{ message: headlineId(incidentId), label: 'Incident' }]),
  ];
  const links = await Promise.all(
    parts.map(async ({ message, label }) => ({ label, url: await permalink(message) })),
  );
  return links.flatMap(({ label, url }) => (url === undefined ? [] : [{ label, url }]));
}

async function lockdownCard(id: number, context: RenderContext): Promise<Rendered | undefined> {
  const known = await context.maybeLockdown(id);
  if (known === undefined) return undefined;
  const { lockdown, receipt } = known;
  const names = await readNames([lockdown.begunBy, ...lockdown.lifts], context.membership);
  return sent(lockdownMessage(lockdown, receipt, { nameOf: (user) => names.get(user) }));
}

/** What was said once, and is a view of nothing. */
async function frozen(
  { content }: ClaimedMessage,
  { membership }: RenderContext,
): Promise<Rendered | undefined> {
  const text = frozenText.safeParse(content);
  if (text.success) return sent(replyBlocks(text.data.text));
  const said = frozenLine.safeParse(content);
  if (!said.success) return undefined;
  const { line } = said.data;
  const spans = typeof line === 'string' ? [] : line;
  const people = spans.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : []));
  const names = await readNames(people, membership);
  return sent(replyBlocks(shownText(line, { limit: 1_000, nameOf: (id) => names.get(id) })));
}

function sent(message: Extract<Rendered, { kind: 'message' }>['message'] | undefined): Rendered | undefined {
  return message === undefined ? undefined : { kind: 'message', message };
}
