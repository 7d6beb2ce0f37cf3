import { describe, expect, it } from 'vitest';
import { eventParser } from '../../../sandbox/page/event-stream.ts';
import {
  apply,
  channelMessages,
  refreshed,
  threadSummaries,
  workspaceOf,
} from '../../../sandbox/page/workspace.ts';
import type { ClientEvent } from '../../../sandbox/slack/client-api.ts';
import { ada, argumentsModal, bot, grace, message, stateFor, tsAt } from './sample-state.ts';
import type { NewEvent } from './stub-workspace.ts';

const event = (sequence: number, content: NewEvent): ClientEvent =>
  ({ sequence, at: 0, ...content }) as ClientEvent;

describe('what a person’s client knows', () => {
  it('shows an event once, however often it arrives', () => {
    const first = workspaceOf(stateFor(ada));
    const posted = event(1, { kind: 'message_posted', message: message(bot.id, 'done') });
    const once = apply(first, posted);
    expect(once.messages.get('C0OPS')).toHaveLength(1);
    expect(apply(once, posted)).toBe(once);
  });

  it('keeps messages in the order of their ts, also when one arrives late', () => {
    const early = message(bot.id, 'early', { ts: tsAt(1) });
    const late = message(bot.id, 'late', { ts: tsAt(2) });
    const workspace = apply(
      workspaceOf(stateFor(ada, [late])),
      event(1, { kind: 'message_posted', message: early }),
    );
    expect(workspace.messages.get('C0OPS')?.map((other) => other.text)).toEqual(['early', 'late']);
  });

  it('replaces an edited message and removes a deleted one', () => {
    const old = message(bot.id, 'reading');
    const edited = apply(
      workspaceOf(stateFor(ada, [old])),
      event(1, {
        kind: 'message_edited',
        message: { ...old, text: 'intact', editedTs: tsAt(9) },
        previous: old,
      }),
    );
    expect(edited.messages.get('C0OPS')).toMatchObject([{ text: 'intact' }]);
    const gone = apply(edited, event(2, { kind: 'message_deleted', channel: 'C0OPS', ts: old.ts }));
    expect(gone.messages.get('C0OPS')).toEqual([]);
  });

  it('adds a reaction once per person', () => {
    const card = message(bot.id, 'card');
    const reaction = { kind: 'reaction_added', channel: 'C0OPS', ts: card.ts, name: 'eyes' } as const;
    const after = [
      event(1, { ...reaction, userId: ada.id }),
      event(2, { ...reaction, userId: grace.id }),
      event(3, { ...reaction, userId: ada.id }),
      event(4, { ...reaction, ts: '1.000000', userId: ada.id }),
    ].reduce(apply, workspaceOf(stateFor(ada, [card])));
    expect(after.messages.get('C0OPS')?.[0]?.reactions).toEqual([
      { name: 'eyes', userIds: [ada.id, grace.id] },
    ]);
  });

  it('never shows what is meant for somebody else', () => {
    const first = workspaceOf(stateFor(ada));
    const secret = message(bot.id, 'for grace', { ephemeralFor: grace.id });
    const after = [
      event(1, { kind: 'ephemeral_posted', message: secret }),
      event(2, { kind: 'message_posted', message: message(bot.id, 'dm'), audience: grace.id }),
      event(3, { kind: 'view_opened', view: argumentsModal({ userId: grace.id }) }),
      event(4, { kind: 'app_failed', userId: grace.id, channel: 'C0OPS', error: 'operation_timeout' }),
    ].reduce(apply, first);
    expect(after).toEqual({ ...first, sequence: 4 });
  });

  it('keeps modals stacked by depth, and a home view out of the stack', () => {
    const top = argumentsModal({ id: 'V0TWO', depth: 1 });
    const home = argumentsModal({ id: 'V0HOME', view: { type: 'home', blocks: [] } });
    const after = [
      event(1, { kind: 'view_opened', view: top }),
      event(2, { kind: 'view_opened', view: argumentsModal() }),
      event(3, { kind: 'home_published', view: home }),
    ].reduce(apply, workspaceOf(stateFor(ada)));
    expect(after.views.map((view) => view.id)).toEqual(['V0ONE', 'V0TWO']);
    expect(after.home?.id).toBe('V0HOME');
    const closed = apply(after, event(4, { kind: 'view_closed', viewId: 'V0TWO', reason: 'cancelled' }));
    expect(closed.views.map((view) => view.id)).toEqual(['V0ONE']);
  });

  it('takes the newest message from somebody else for the lock screen, and no ephemeral one', () => {
    const mine = message(ada.id, 'mine', { ts: tsAt(5) });
    const whispered = message(bot.id, 'whispered', { ts: tsAt(6), ephemeralFor: ada.id });
    const first = workspaceOf(stateFor(ada, [message(bot.id, 'theirs', { ts: tsAt(4) }), mine, whispered]));
    expect(first.newest?.text).toBe('theirs');
    const after = apply(
      first,
      event(1, { kind: 'message_posted', message: message(grace.id, 'newer', { ts: tsAt(7) }) }),
    );
    expect(after.newest?.text).toBe('newer');
  });
});

describe('after a lost connection', () => {
  const seen = apply(
    workspaceOf(stateFor(ada, [], { views: [argumentsModal()] })),
    event(5, { kind: 'ephemeral_posted', message: message(bot.id, 'psst', { ephemeralFor: ada.id }) }),
  );

  it('keeps what only this page knows, and drops modals that are gone', () => {
    const after = refreshed(seen, stateFor(ada, [], { sequence: 9 }));
    expect(after.messages).toBe(seen.messages);
    expect(after.views).toEqual([]);
    expect(after.sequence).toBe(5);
  });

  it('forgets everything when the workspace was reset', () => {
    const after = refreshed(seen, stateFor(ada, [message(grace.id, 'first')], { sequence: 1 }));
    expect(after.messages.get('C0OPS')?.map((other) => other.text)).toEqual(['first']);
  });
});

describe('threads', () => {
  const root = message(bot.id, 'card', { ts: tsAt(1) });
  const reply = message(grace.id, 'why?', { ts: tsAt(2), threadTs: root.ts });
  const both = message(ada.id, 'also here', { ts: tsAt(3), threadTs: root.ts, isBroadcast: true });
  const whispered = message(bot.id, 'psst', { ts: tsAt(4), threadTs: root.ts, ephemeralFor: ada.id });

  it('leaves replies out of the channel unless they were sent there too', () => {
    const rooted = { ...root, threadTs: root.ts };
    expect(channelMessages([rooted, reply, both]).map((other) => other.text)).toEqual(['card', 'also here']);
  });

  it('counts replies everybody can see', () => {
    expect(threadSummaries([root, reply, both, whispered]).get(root.ts)).toEqual({
      count: 2,
      lastTs: both.ts,
      userIds: [grace.id, ada.id],
    });
  });
});

describe('the event stream', () => {
  it('puts events together from any cut of the bytes', () => {
    const stream = ': hello\n\nid: 7\ndata: {"a":\ndata: 1}\n\nid:8\r\ndata:two\r\n\r\nid: 9\ndata: cut';
    for (let at = 0; at <= stream.length; at++) {
      const parse = eventParser();
      const events = [...parse(stream.slice(0, at)), ...parse(stream.slice(at))];
      expect(events).toEqual([
        { id: '7', data: '{"a":\n1}' },
        { id: '8', data: 'two' },
      ]);
    }
  });
});
