import type { ActionResult, ClientMessage, ClientView } from '../../sandbox/slack/client-api.ts';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';
import { until } from './until.ts';

/** What people do at their Slack clients, and what they see there. */
export interface People {
  /** `/ops <text>`; resolves when the bot has acknowledged. */
  ops(who: string, text: string, channel?: string): Promise<ActionResult>;
  say(who: string, text: string, where?: { channel?: string; threadTs?: string }): Promise<ActionResult>;
  /** Types `/ops <text>` and waits for the answer that is not about still running. */
  ask(who: string, text: string, options?: Answer): Promise<ClientMessage>;
  /** Waits for a message of the bot on this person's screen. */
  sees(who: string, options?: Answer): Promise<ClientMessage>;
  /** The bot's messages on this person's screen, oldest first; in every channel unless one is named. */
  screen(who: string, channel?: string): ClientMessage[];
  /** The last card in a channel: top-level, visible to everyone. */
  lastCard(channel: string): ClientMessage | undefined;
  /** Presses a button by its label. */
  click(who: string, message: ClientMessage, label: string): Promise<ActionResult>;
  /** Chooses from a message's ⋯ menu by the option's words. */
  choose(who: string, message: ClientMessage, option: string): Promise<ActionResult>;
  /** Fills in the field of a modal that has this label. */
  fill(who: string, modal: ClientView, label: string, value: unknown): Promise<ActionResult>;
  submit(who: string, modal: ClientView): Promise<ActionResult>;
  /** The modal on top of this person's screen. */
  modal(who: string, matching?: RegExp): Promise<ClientView>;
  /** The newest moment so far, to look only at what comes after. */
  now(): string;
}

export interface Answer {
  readonly channel?: string;
  readonly matching?: RegExp;
  /** Only later messages. Default for `ask`: from before it was typed; for `sees`: any. */
  readonly since?: string;
  readonly deadlineMilliseconds?: number;
}

/** Cards of runs that go on say so with this mark. */
const stillGoing = /^…/;

export function people(workspace: SlackWorkspace): People {
  const { botUserId } = workspace.app;
  const do_ = (who: string, text: string, where: { channel?: string; threadTs?: string }) =>
    workspace.as(who).do({
      kind: 'send',
      channel: where.channel ?? 'C0OPS',
      text,
      ...(where.threadTs === undefined ? {} : { threadTs: where.threadTs }),
    });
  const screen = (who: string, channel?: string) =>
    workspace
      .as(who)
      .state()
      .messages.filter(
        (message) => message.userId === botUserId && (channel === undefined || message.channel === channel),
      );
  const sees = (who: string, { channel = 'C0OPS', matching = /./, ...options }: Answer = {}) =>
    until(
      () =>
        // The first: a card comes before its details.
        screen(who, channel).find(
          (message) =>
            Number(message.ts) > Number(options.since ?? 0) &&
            !stillGoing.test(message.text) &&
            matching.test(cardText(message)),
        ),
      {
        deadlineMilliseconds: options.deadlineMilliseconds ?? 10_000,
        waitingFor: `${who} to see ${matching} in ${channel}`,
      },
    );
  const now = () =>
    workspace
      .events()
      .flatMap((event) => ('message' in event ? [event.message.ts] : []))
      .reduce((newest, ts) => (Number(ts) > Number(newest) ? ts : newest), '0');
  return {
    screen,
    sees,
    now,
    ops: (who, text, channel) => do_(who, `/ops ${text}`.trim(), channel === undefined ? {} : { channel }),
    say: (who, text, where = {}) => do_(who, text, where),
    ask: async (who, text, options = {}) => {
      const since = now();
      const result = await do_(who, `/ops ${text}`.trim(), options);
      if (!result.ok) throw new Error(`Slack refused "/ops ${text}" of ${who}: ${result.error}`);
      return sees(who, { since, ...options });
    },
    lastCard: (channel) =>
      workspace
        .as('U0LINUS')
        .state()
        .messages.findLast(
          (message) =>
            message.channel === channel &&
            message.userId === botUserId &&
            message.ephemeralFor === undefined &&
            message.threadTs === undefined,
        ),
    click: (who, message, label) => {
      const found = buttons(message).find((button) => button.label === label);
      if (found === undefined) {
        const labels = buttons(message).map((button) => button.label);
        throw new Error(
          `There is no button "${label}" among ${JSON.stringify(labels)}: ${cardText(message)}`,
        );
      }
      const { blockId, actionId } = found;
      return workspace
        .as(who)
        .do({ kind: 'click', channel: message.channel, ts: message.ts, blockId, actionId });
    },
    choose: (who, message, option) => {
      const found = menuOptions(message).find(({ label }) => label === option);
      if (found === undefined) {
        const labels = menuOptions(message).map(({ label }) => label);
        throw new Error(`There is no "${option}" among ${JSON.stringify(labels)}: ${cardText(message)}`);
      }
      const { label: _, ...chosen } = found;
      return workspace.as(who).do({ kind: 'click', channel: message.channel, ts: message.ts, ...chosen });
    },
    fill: (who, modal, label, value) =>
      workspace.as(who).do({ kind: 'fill', viewId: modal.id, ...fieldOf(modal, label), value }),
    submit: (who, modal) => workspace.as(who).do({ kind: 'submit', viewId: modal.id }),
    modal: (who, matching = /./) =>
      until(
        () => {
          const top = workspace.as(who).state().views.at(-1);
          return top !== undefined && matching.test(viewText(top)) ? top : undefined;
        },
        { waitingFor: `a modal of ${who} with ${matching}`, deadlineMilliseconds: 10_000 },
      ),
  };
}

/** Every word on a message, without its form. */
export function cardText(message: ClientMessage): string {
  return [message.text, ...message.blocks.flatMap(words)].join('\n');
}

export function viewText({ view, errors }: ClientView): string {
  return [...words(view), ...Object.values(errors)].join('\n');
}

export function buttons(message: ClientMessage): { label: string; blockId: string; actionId: string }[] {
  const blocks = message.blocks as { type: string; block_id: string; elements?: Element[] }[];
  return blocks.flatMap((block) =>
    block.type !== 'actions'
      ? []
      : (block.elements ?? []).map((element) => ({
          label: element.text?.text ?? '',
          blockId: block.block_id,
          actionId: element.action_id,
        })),
  );
}

/** What the ⋯ menus of a message offer. */
export function menuOptions(message: ClientMessage) {
  const blocks = message.blocks as { type: string; block_id: string; elements?: Element[] }[];
  return blocks.flatMap(({ type, block_id, elements = [] }) =>
    type !== 'actions'
      ? []
      : elements.flatMap(({ action_id, options = [] }) =>
          options.map(({ text, value }) => ({
            label: text.text,
            blockId: block_id,
            actionId: action_id,
            value,
          })),
        ),
  );
}

/** Block and action id of the input with this label. */
export function fieldOf({ view }: ClientView, label: string): { blockId: string; actionId: string } {
  const blocks = view.blocks as {
    block_id: string;
    label?: { text: string };
    element?: { action_id: string };
  }[];
  const found = blocks.find((block) => block.label?.text === label);
  if (found === undefined) throw new Error(`There is no field "${label}": ${JSON.stringify(blocks)}`);
  return { blockId: found.block_id, actionId: found.element?.action_id ?? '' };
}

interface Element {
  readonly options?: readonly { readonly text: { readonly text: string }; readonly value: string }[];
  readonly action_id: string;
  readonly text?: { readonly text: string };
}

/** Lines of rich text are one word each here, as people read them. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(words);
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  if (fields.type === 'rich_text_section') return [(fields.elements as unknown[]).flatMap(words).join('')];
  return Object.entries(fields).flatMap(([name, field]) =>
    typeof field === 'string'
      ? ['text', 'fallback', 'user_id', 'url'].includes(name)
        ? [field]
        : []
      : words(field),
  );
}
