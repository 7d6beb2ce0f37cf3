import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';
import { opsChannel } from './office.ts';

/** Long past anything that still counts as working. */
const longestWaitMilliseconds = 120_000;

export interface ApprovalCard {
  readonly runId: string;
  readonly message: ClientMessage;
  readonly blockId: string;
}

/** What people do at their Slack clients, and what they see in #ops there. */
export interface People {
  /** Types `/ops suspend-tenant <tenant>` and waits for the card that can be signed. */
  ask(requester: string, tenant: string): Promise<ApprovalCard>;
  /** Presses Approve; resolves when the bot has acknowledged the click. */
  approve(approver: string, card: ApprovalCard): Promise<void>;
  /** Waits until the run's card says how it ended. @returns its notification line */
  ended(card: ApprovalCard): Promise<string>;
  leave(): void;
}

/** Cards of runs that go on, or wait, begin with these marks. */
const unsettled = /^[…●]/;

/** Follows the channel as clients do, by events: reading the whole screen each time would be most of the load. */
export function people(workspace: SlackWorkspace): People {
  const cards = noticeboard<ApprovalCard>();
  const ends = noticeboard<string>();
  const leave = workspace.onEvent((event) => {
    if (event.kind !== 'message_posted' && event.kind !== 'message_edited') return;
    const { message } = event;
    if (message.channel !== opsChannel || message.userId !== workspace.app.botUserId) return;
    const card = approvalCard(message);
    if (card !== undefined) cards.put(tenantOn(message), card);
    else if (!unsettled.test(message.text)) ends.put(message.ts, message.text);
  });
  const must = (result: { ok: boolean; error?: string }, what: string) => {
    if (!result.ok) throw new Error(`Slack refused ${what}: ${result.error}`);
  };
  return {
    leave,
    ask: async (requester, tenant) => {
      const text = `/ops suspend-tenant ${tenant} --reason "card testing since noon"`;
      must(await workspace.as(requester).do({ kind: 'send', channel: opsChannel, text }), text);
      return cards.take(tenant, `the approval card of ${tenant}`);
    },
    approve: async (approver, { message, blockId }) => {
      const { channel, ts } = message;
      const click = { kind: 'click', channel, ts, blockId, actionId: 'approve' } as const;
      must(await workspace.as(approver).do(click), `the click of ${approver}`);
    },
    ended: ({ runId, message }) => ends.take(message.ts, `the end of ${runId}`),
  };
}

function approvalCard(message: ClientMessage): ApprovalCard | undefined {
  const blocks = message.blocks as {
    type: string;
    block_id: string;
    elements?: { action_id: string; value: string }[];
  }[];
  for (const { type, block_id, elements = [] } of blocks) {
    const approve =
      type === 'actions' ? elements.find(({ action_id }) => action_id === 'approve') : undefined;
    if (approve === undefined) continue;
    const { run } = JSON.parse(approve.value) as { run: string };
    return { runId: run, message, blockId: block_id };
  }
  return undefined;
}

function tenantOn({ text, blocks }: ClientMessage): string {
  const found = /\bbench-\d{5}\b/.exec(`${text} ${JSON.stringify(blocks)}`)?.[0];
  if (found === undefined) throw new Error(`An approval card names no tenant of the bench: ${text}`);
  return found;
}

/** What was put under a name before or after somebody came to wait for it. */
function noticeboard<Notice>() {
  const kept = new Map<string, Notice>();
  const waiting = new Map<string, (notice: Notice) => void>();
  return {
    put: (name: string, notice: Notice) => {
      const waiter = waiting.get(name);
      waiting.delete(name);
      if (waiter === undefined) kept.set(name, notice);
      else waiter(notice);
    },
    take: (name: string, what: string): Promise<Notice> => {
      const found = kept.get(name);
      kept.delete(name);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiting.delete(name);
          reject(new Error(`Nobody has seen ${what} after ${longestWaitMilliseconds / 1000} s`));
        }, longestWaitMilliseconds);
        waiting.set(name, (notice) => {
          clearTimeout(deadline);
          resolve(notice);
        });
      });
    },
  };
}
