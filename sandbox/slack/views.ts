/** Open modals, a stack of at most three per person, and home tabs. https://docs.slack.dev/surfaces/modals */
import { type Block, fillIn } from './block-kit/fill-in.ts';
import { elementsOf } from './block-kit/unique-ids.ts';
import type { ClientView } from './client-api.ts';
import type { SlackClock } from './clock.ts';
import { type Element, type ElementState, initialState, isStateful } from './element-state.ts';
import { secret, shortId, slackId } from './ids.ts';

export const stackDepth = 3;

export type Values = Record<string, Record<string, ElementState>>;

export interface OpenView {
  id: string;
  hash: string;
  userId: string;
  /** As the app sent it, ids filled in. */
  view: Record<string, unknown> & { type: 'modal' | 'home'; blocks: Block[] };
  values: Values;
  errors: Record<string, string>;
  rootId: string;
  previousId: string | undefined;
  /** The conversation the person came from: what `default_to_current_conversation` means. */
  channel: string | undefined;
  /** Options of the last answered search, by `block_id/action_id`. */
  offered: Map<string, Element[]>;
  isAwaitingAnswer: boolean;
}

export class Views {
  private readonly clock: SlackClock;
  private readonly stacks = new Map<string, OpenView[]>();
  private readonly homes = new Map<string, OpenView>();

  constructor(clock: SlackClock) {
    this.clock = clock;
  }

  stack(userId: string): readonly OpenView[] {
    return this.stacks.get(userId) ?? [];
  }

  home(userId: string): OpenView | undefined {
    return this.homes.get(userId);
  }

  get open(): OpenView[] {
    return [...this.stacks.values()].flat();
  }

  find(viewId: string): OpenView | undefined {
    return [...this.open, ...this.homes.values()].find((view) => view.id === viewId);
  }

  byExternalId(externalId: string): OpenView | undefined {
    return [...this.open, ...this.homes.values()].find((view) => view.view.external_id === externalId);
  }

  /** Opens in place of whatever the person had open. */
  openRoot(userId: string, view: Record<string, unknown>, channel?: string): OpenView {
    const opened = this.create(userId, view, undefined, channel);
    this.stacks.set(userId, [opened]);
    return opened;
  }

  push(onto: OpenView, view: Record<string, unknown>): OpenView {
    const opened = this.create(onto.userId, view, onto, onto.channel);
    this.stacks.set(onto.userId, [...this.stack(onto.userId), opened]);
    return opened;
  }

  publish(userId: string, view: Record<string, unknown>): OpenView {
    const home = this.homes.get(userId);
    if (home) {
      this.update(home, view);
      return home;
    }
    const created = this.create(userId, view, undefined, undefined);
    this.homes.set(userId, created);
    return created;
  }

  /** What the person entered stays where block and action ids stay. */
  update(open: OpenView, view: Record<string, unknown>): void {
    open.view = this.filled(view);
    open.hash = this.newHash();
    open.errors = {};
    const kept = open.values;
    open.values = initialValues(open.view.blocks);
    for (const [blockId, actions] of Object.entries(open.values)) {
      for (const [actionId, state] of Object.entries(actions)) {
        const before = kept[blockId]?.[actionId];
        if (before && before.type === state.type) actions[actionId] = before;
      }
    }
  }

  close(open: OpenView): void {
    const rest = this.stack(open.userId).filter((view) => view !== open);
    if (rest.length > 0) this.stacks.set(open.userId, rest);
    else this.stacks.delete(open.userId);
  }

  isOnTop(open: OpenView): boolean {
    return this.stack(open.userId).at(-1) === open;
  }

  private create(
    userId: string,
    view: Record<string, unknown>,
    previous: OpenView | undefined,
    channel: string | undefined,
  ): OpenView {
    const id = slackId('V');
    const filled = this.filled(view);
    return {
      id,
      hash: this.newHash(),
      userId,
      view: filled,
      values: initialValues(filled.blocks),
      errors: {},
      rootId: previous?.rootId ?? id,
      previousId: previous?.id,
      channel,
      offered: new Map(),
      isAwaitingAnswer: false,
    };
  }

  private filled(view: Record<string, unknown>): OpenView['view'] {
    const blocks = fillIn(Array.isArray(view.blocks) ? view.blocks : [], shortId);
    return { ...view, type: view.type === 'home' ? 'home' : 'modal', blocks };
  }

  private newHash(): string {
    return `${Math.floor(this.clock.now() / 1000)}.${secret(8)}`;
  }
}

export function initialValues(blocks: readonly Block[]): Values {
  const values: Values = {};
  for (const block of blocks) {
    for (const { element } of elementsOf(block)) {
      if (!isStateful(element)) continue;
      const ofBlock = values[block.block_id] ?? {};
      ofBlock[String(element.action_id)] = initialState(element);
      values[block.block_id] = ofBlock;
    }
  }
  return values;
}

export function toClientView(views: Views, open: OpenView): ClientView {
  return {
    id: open.id,
    hash: open.hash,
    userId: open.userId,
    view: open.view,
    errors: { ...open.errors },
    values: structuredClone(open.values),
    depth: Math.max(0, views.stack(open.userId).indexOf(open)),
  };
}
