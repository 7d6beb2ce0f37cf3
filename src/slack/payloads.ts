import { z } from 'zod';

/**
 * The parts of Slack's payloads that are used, validated at the edge: ids and typed text. Everything else
 * about a person, a channel or a message is looked up. Unknown fields are accepted, Slack adds them freely.
 */
const id = z.string().min(1).max(80);
const url = z.url({ protocol: /^https?$/ }).max(2_000);

export const slashCommand = z.object({
  command: z.string(),
  text: z.string().max(8_000).default(''),
  team_id: id,
  channel_id: id,
  user_id: id,
  trigger_id: z.string().min(1).max(200),
  response_url: url,
});

export const eventCallback = z.object({
  type: z.literal('event_callback'),
  event_id: z.string().min(1).max(80),
  team_id: id,
  event: z.object({
    type: z.string(),
    user: id.optional(),
    bot_id: id.optional(),
    subtype: z.string().optional(),
    channel: z.unknown(),
    channel_type: z.string().optional(),
    text: z.string().max(40_000).optional(),
    ts: z.string().optional(),
    thread_ts: z.string().optional(),
  }),
});

const person = z.object({ id });
const team = z.object({ id });

export const blockActions = z.object({
  type: z.literal('block_actions'),
  team,
  user: person,
  trigger_id: z.string().min(1).max(200),
  response_url: url.optional(),
  container: z.object({
    message_ts: z.string().optional(),
    thread_ts: z.string().optional(),
    channel_id: id.optional(),
    view_id: id.optional(),
  }),
  channel: z.object({ id }).optional(),
  message: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z
    .array(
      z.object({
        action_id: z.string().max(255),
        block_id: z.string().max(255).optional(),
        action_ts: z.string(),
        value: z.string().max(2_000).optional(),
        // An overflow menu's choice.
        selected_option: z.object({ value: z.string().max(200) }).nullish(),
      }),
    )
    .min(1),
});

export const viewSubmission = z.object({
  type: z.literal('view_submission'),
  team,
  user: person,
  view: z.object({
    id,
    hash: z.string(),
    callback_id: z.string(),
    private_metadata: z.string().max(3_000),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.looseObject({}))) }),
  }),
});

export const blockSuggestion = z.object({
  type: z.literal('block_suggestion'),
  team,
  user: person,
  action_id: z.string().max(255),
  block_id: z.string().max(255),
  value: z.string().max(500),
  view: z.object({ id, private_metadata: z.string().max(3_000) }).optional(),
});

/** Slack's own identity of a message, `<seconds>.<counter>`. */
const messageTs = z.string().regex(/^\d{1,12}\.\d{6}$/);

/** https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload: one used on a message. */
export const messageAction = z.object({
  type: z.literal('message_action'),
  callback_id: z.string().max(255),
  team,
  user: person,
  trigger_id: z.string().min(1).max(200),
  response_url: url.optional(),
  channel: z.object({ id }),
  message: z.object({
    ts: messageTs,
    thread_ts: messageTs.nullish(),
    user: id.nullish(),
    // Messages of files or blocks alone may have none.
    text: z.string().max(40_000).nullish(),
    files: z
      .array(z.object({ title: z.string().max(1_000).nullish(), name: z.string().max(1_000).nullish() }))
      .nullish(),
  }),
});

/** What a request of another workspace is recorded and answered by. */
export const foreign = z.object({
  type: z.string().optional(),
  user: person.optional(),
  user_id: id.optional(),
  trigger_id: z.string().min(1).max(200).optional(),
  response_url: url.optional(),
  view: z.object({ id }).optional(),
});

export type SlashCommand = z.infer<typeof slashCommand>;
export type EventCallback = z.infer<typeof eventCallback>;
export type BlockActions = z.infer<typeof blockActions>;
export type ViewSubmission = z.infer<typeof viewSubmission>;
export type MessageAction = z.infer<typeof messageAction>;
export type BlockSuggestion = z.infer<typeof blockSuggestion>;
