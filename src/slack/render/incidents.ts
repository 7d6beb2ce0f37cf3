import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import type { JsonObject } from '../../command.ts';
import { inertText } from '../../core/cards/inert-text.ts';
import type { CommandSummaries } from '../../core/cards/runbook-step-lines.ts';
import { headlineId } from '../../core/incidents/deeds.ts';
import { incidentTimers, type TimelineEntry } from '../../core/incidents/incident.ts';
import type { IncidentView } from '../../core/incidents/incident-view.ts';
import type { ClaimedMessage } from '../../core/message.ts';
import { boundedText } from '../../core/parse/clean-text.ts';
import type { Membership } from '../../core/policy/membership.ts';
import { fillMessage, fillText } from '../../core/runbooks/fill-template.ts';
import { currentStep, type RunbookInstance } from '../../core/runbooks/instance.ts';
import { runbookCardId } from '../../core/runbooks/speak-runbook.ts';
import type { Rendered, RenderedMessage } from '../delivery/rendered.ts';
import { incidentMessage, peopleInEntries, peopleInIncident } from '../views/incident-message.ts';
import { gatheredMessage, incidentLogMessage } from '../views/incident-thread.ts';
import { incidentToldMessage } from '../views/incident-told-message.ts';
import { replyBlocks } from '../views/reply.ts';
import { notificationText } from '../views/rich-text.ts';
import { peopleInRunbook, runbookMessage } from '../views/runbook-message.ts';
import { readNames } from './names.ts';

export interface IncidentRenderContext {
  readonly maybeIncident: (id: string) => Promise<IncidentView | undefined>;
  /** What people did in one window of time. */
  readonly incidentLog: (id: string, window: number) => Promise<readonly TimelineEntry[]>;
  readonly maybeRunbook: (instanceId: string) => Promise<RunbookInstance | undefined>;
  readonly commands: CommandSummaries;
  readonly membership: Membership;
  readonly permalink: (messageId: string) => Promise<string | undefined>;
}

/** What a message about an incident or a runbook shows. */
export type IncidentPart =
  | {
      readonly about: 'incident';
      readonly id: string;
      readonly part: 'headline' | 'gathered' | 'log' | 'told' | 'export';
      readonly rest: string;
    }
  | {
      readonly about: 'runbook';
      readonly id: string;
      readonly part: 'card' | 'message' | 'assigned' | 'waited';
    };

/** `incident:<id>:headline`, `incident:<id>:log:<n>`, `runbook:<id>:card`, … */
export function maybeIncidentPart(messageId: string): IncidentPart | undefined {
  const incident = /^incident:([^:]+):(headline|gathered|log|told|export)(?::(.+))?$/.exec(messageId);
  if (incident !== null) {
    const [, id = '', part, rest = ''] = incident;
    return { about: 'incident', id, part: part as 'headline', rest };
  }
  const runbook = /^runbook:([^:]+):(card|message|assigned|waited)(?::.+)?$/.exec(messageId);
  if (runbook === null) return undefined;
  return { about: 'runbook', id: runbook[1] ?? '', part: runbook[2] as 'card' };
}

const gatheredContent = z.object({
  gathered: z.object({
    at: z.coerce.date(),
    parts: z.array(
      z.object({
        kind: z.enum(['alerts', 'health', 'releases', 'migrations', 'runs', 'silences']),
        status: z.enum(['ok', 'bad', 'unknown', 'info']),
        lines: z.array(z.string()),
      }),
    ),
  }),
});

const toldContent = z.object({
  told: z.object({
    kind: z.enum(incidentTimers),
    mentions: z
      .array(z.union([z.strictObject({ user: z.string() }), z.strictObject({ usergroup: z.string() })]))
      .exactOptional(),
    by: z.string().exactOptional(),
    reason: z.string().exactOptional(),
  }),
});

const exportContent = z.object({ filename: z.string(), markdown: z.string() });
const messageContent = z.object({ markdown: z.string() });
const stepContent = z.object({
  waited: z.object({ stepId: z.string() }).optional(),
  assigned: z.object({ stepId: z.string(), by: z.string() }).optional(),
});

/** Incidents and started runbooks, as they stand now. */
export async function renderIncident(
  part: IncidentPart,
  message: ClaimedMessage,
  context: IncidentRenderContext,
): Promise<Rendered | undefined> {
  return part.about === 'incident'
    ? incidentPart(part, message, context)
    : runbookPart(part, message.content, context);
}

async function incidentPart(
  { id, part, rest }: Extract<IncidentPart, { about: 'incident' }>,
  { content, place }: ClaimedMessage,
  context: IncidentRenderContext,
): Promise<Rendered | undefined> {
  switch (part) {
    case 'headline': {
      const view = await context.maybeIncident(id);
      return view && sent(incidentMessage(view, await shownFor(peopleInIncident(view), context)));
    }
    case 'gathered': {
      const read = gatheredContent.safeParse(content);
      return read.success ? sent(gatheredMessage(read.data.gathered)) : undefined;
    }
    case 'log': {
      const entries = await context.incidentLog(id, Number(rest));
      const log = incidentLogMessage(entries, await shownFor(peopleInEntries(entries), context));
      return log && sent(log);
    }
    case 'told': {
      const read = toldContent.safeParse(content);
      const view = read.success ? await context.maybeIncident(id) : undefined;
      if (view === undefined || !read.success) return undefined;
      const { told } = read.data;
      const people = [...peopleInIncident(view), ...(told.by === undefined ? [] : [told.by])];
      const headlineLink = place.kind === 'dm' ? await context.permalink(headlineId(id)) : undefined;
      return sent(incidentToldMessage(told, view, { ...(await shownFor(people, context)), headlineLink }));
    }
    case 'export': {
      const read = exportContent.safeParse(content);
      if (!read.success) return undefined;
      const { filename, markdown } = read.data;
      const view = await context.maybeIncident(id);
      return {
        kind: 'file',
        file: {
          filename,
          title: `Postmortem draft: ${boundedText(view?.incident.title ?? '', 100).trim() || id}`,
          text: markdown,
          comment: replyBlocks(
            `Postmortem draft; every line of its timeline cites its ledger entry. Write impact and follow-ups, publish it, then: /ops incident postmortem ${id} --url …`,
          ),
          insteadUse: `On the bot's machine: countersign incident export ${id}`,
        },
      };
    }
  }
}

async function runbookPart(
  { id, part }: Extract<IncidentPart, { about: 'runbook' }>,
  content: JsonObject | undefined,
  context: IncidentRenderContext,
): Promise<Rendered | undefined> {
  if (part === 'message') {
    const read = messageContent.safeParse(content);
    return read.success ? sent(templateMessage(read.data.markdown)) : undefined;
  }
  const instance = await context.maybeRunbook(id);
  if (instance === undefined) return undefined;
  if (part === 'card') {
    const view =
      instance.incidentId === undefined ? undefined : await context.maybeIncident(instance.incidentId);
    const { nameOf } = await shownFor(peopleInRunbook(instance), context);
    return sent(
      runbookMessage(instance, {
        nameOf,
        commands: context.commands,
        previewText: previewOf(instance),
        isIncidentResolved: view?.incident.status === 'resolved',
      }),
    );
  }
  const { waited, assigned } = stepContent.parse(content ?? {});
  const stepId = waited?.stepId ?? assigned?.stepId;
  const step = instance.runbook.steps.find((one) => one.id === stepId);
  if (step === undefined) return undefined;
  const link = await context.permalink(runbookCardId(id));
  const title = fillText(step.title, instance.inputs);
  const next = instance.runbook.steps.find((one) => one.id === currentStep(instance)?.id);
  const names = await readNames(assigned === undefined ? [] : [assigned.by], context.membership);
  const sentence =
    assigned === undefined
      ? `The wait "${title}" of ${instance.runbook.title} is over${next === undefined ? '.' : `; next: ${fillText(next.title, instance.inputs)}.`}`
      : `${names.get(assigned.by) ?? assigned.by} gave you a step of ${instance.runbook.title}: ${title}.`;
  const said = replyBlocks(inertText(sentence));
  if (link === undefined) return sent(said);
  const where: KnownBlock = {
    type: 'section',
    text: { type: 'mrkdwn', text: `<${link}|Its card>`, verbatim: true },
  };
  return sent({ ...said, blocks: [...said.blocks, where] });
}

/** What the current step would send. */
function previewOf(instance: RunbookInstance): string | undefined {
  const step = instance.runbook.steps.find(({ id }) => id === currentStep(instance)?.id);
  const template = step?.kind === 'message' ? instance.templates[step.template] : undefined;
  return template && fillMessage(template, instance.inputs);
}

/** A template's own formatting counts; what was filled in is inert already. */
function templateMessage(markdown: string): RenderedMessage {
  return {
    text: notificationText(markdown),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: markdown.slice(0, 3_000), verbatim: true } }],
  };
}

async function shownFor(people: readonly string[], { membership }: IncidentRenderContext) {
  const names = await readNames(people, membership);
  return { nameOf: (id: string) => names.get(id) };
}

function sent(message: RenderedMessage): Rendered {
  return { kind: 'message', message };
}
