import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import declare from '../../commands/incident/declare.ts';
import note from '../../commands/note.ts';
import { readManifest } from '../../sandbox/slack/manifest.ts';
import { messageShortcuts } from '../../src/slack/message-shortcuts.ts';
import { type RequestContext, readRequest } from '../../src/slack/requests.ts';
import { commandsOf } from '../core/run-fixture.ts';
import fc from '../support/properties.ts';
import { hostileText } from './views/hostile-text.ts';

const definitions = { 'incident declare': declare, note };
const context: RequestContext = {
  workspaceId: 'T0ACME',
  botUserId: 'U0BOT',
  commands: commandsOf(definitions as never),
  targets: () => [],
};
const message = {
  type: 'message',
  user: 'U0GRACE',
  ts: '1795197600.000100',
  text: 'emails to acme are late',
};
const used = (callbackId: string, said: object = {}, changes = {}) => ({
  type: 'message_action',
  callback_id: callbackId,
  token: 'x',
  action_ts: '1795197700.123456',
  team: { id: 'T0ACME', domain: 'acme' },
  user: { id: 'U0ADA', name: 'ada' },
  trigger_id: '7.8.ghi',
  response_url: 'https://hooks.slack.com/app/1',
  channel: { id: 'C0OPS', name: 'ops' },
  message_ts: message.ts,
  message: { ...message, ...said },
  ...changes,
});
const inputOf = (callbackId: string, said: object = {}) => {
  const { request } = readRequest(used(callbackId, said), context);
  return request.kind === 'invocation' ? request.input : undefined;
};

describe('a shortcut on a message', () => {
  it('declares an incident that begins with the message', () => {
    const origin = { channelId: 'C0OPS', responseUrl: 'https://hooks.slack.com/app/1' };
    expect(readRequest(used('declare_incident'), context)).toEqual({
      key: 'shortcut:7.8.ghi',
      request: {
        kind: 'invocation',
        command: 'incident declare',
        input: {
          title: 'emails to acme are late',
          message: 'C0OPS/1795197600.000100',
          messageText: 'emails to acme are late',
          messageAuthor: 'U0GRACE',
        },
        requester: 'U0ADA',
        via: 'shortcut',
        origin,
      },
      needsWork: true,
      reaction: { kind: 'none' },
      requester: 'U0ADA',
      origin,
    });
  });

  it('adds the message to the timeline of the incident in whose thread it stands', () => {
    expect(readRequest(used('add_to_timeline', { thread_ts: '1795190000.000200' }), context)).toMatchObject({
      request: {
        command: 'note',
        input: {
          text: 'emails to acme are late',
          message: 'C0OPS/1795197600.000100',
          messageAuthor: 'U0GRACE',
        },
        via: 'shortcut',
        origin: { channelId: 'C0OPS', threadTs: '1795190000.000200' },
      },
    });
  });

  it('titles the incident with the first line that says something, in at most 120 characters', () => {
    const title = (text: string) => inputOf('declare_incident', { text })?.title;
    expect(title('\n \nmail is down\nsince 17:40')).toBe('mail is down');
    expect(title('!!\nmail is down')).toBe('mail is down');
    expect(title('a\nb')).toBe('a b');
    expect(title('a')).toBe('Something that was said');
    expect(title(`${'x'.repeat(118)}😀 and more`)).toBe(`${'x'.repeat(118)}…`);
    expect(inputOf('declare_incident', { text: 'a\nsecond line' })?.messageText).toBe('a\nsecond line');
  });

  it('reads Slack’s notation as what it stands for', () => {
    const text = 'ask <@U0LIN|lin> &amp; <#C0OPS|ops>: <https://x.example/a|a &lt; b>, &lt;!channel&gt;';
    expect(inputOf('add_to_timeline', { text })?.text).toBe(
      'ask @lin & #ops: https://x.example/a, <!channel>',
    );
  });

  it('keeps what there is of a message without text', () => {
    expect(inputOf('add_to_timeline', { text: '' })?.text).toBe('(a message without text)');
    expect(inputOf('add_to_timeline', { text: null, user: null, bot_id: 'B1' })).toEqual({
      text: '(a message without text)',
      message: 'C0OPS/1795197600.000100',
    });
    const files = [{ title: 'graph.png' }, { name: 'log.txt', title: '' }];
    expect(inputOf('add_to_timeline', { text: ' ', files })?.text).toBe('(files: graph.png, log.txt)');
  });

  it('whatever the message says, gives the commands what they take', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const said = text.slice(0, 40_000);
        for (const [callbackId, command] of Object.entries(messageShortcuts)) {
          const input = inputOf(callbackId, { text: said });
          expect(definitions[command].args.safeParse(input).error?.issues).toBeUndefined();
          expect(JSON.stringify(input).isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['of another version', used('resolve_everything')],
    ['named after what every object has', used('constructor')],
  ])('%s is told that nothing was done', (_what, body) => {
    expect(readRequest(body, context)).toMatchObject({
      key: 'shortcut:7.8.ghi',
      request: { kind: 'noted' },
      needsWork: false,
      reaction: { kind: 'reply', text: expect.stringContaining('Nothing was done') },
      origin: { responseUrl: 'https://hooks.slack.com/app/1' },
    });
  });

  it('whose command is not loaded is told so too', () => {
    const without = { ...context, commands: commandsOf({}) };
    expect(readRequest(used('add_to_timeline'), without).reaction.kind).toBe('reply');
  });

  it.each([
    ['without a message', used('add_to_timeline', {}, { message: undefined })],
    ['with a message without its time', used('add_to_timeline', { ts: 'x' })],
    ['with a time that is none', used('add_to_timeline', { thread_ts: '../1' })],
    ['without a trigger', used('add_to_timeline', {}, { trigger_id: '' })],
    ['with another address than the web’s', used('add_to_timeline', {}, { response_url: 'file:///etc' })],
  ])('%s is noted and does nothing', (_what, body) => {
    expect(readRequest(body, context)).toMatchObject({ key: undefined, request: { kind: 'noted' } });
  });

  it('of another workspace is put on record and does nothing', () => {
    expect(readRequest(used('add_to_timeline', {}, { team: { id: 'T0OTHER' } }), context)).toMatchObject({
      key: 'foreign:T0OTHER:7.8.ghi',
      request: { kind: 'foreign', teamId: 'T0OTHER', requester: 'U0ADA', via: 'shortcut' },
      reaction: { kind: 'reply' },
    });
  });
});

describe('manifest.yml', () => {
  it('offers on messages exactly the shortcuts that are understood', async () => {
    const path = join(import.meta.dirname, '../../manifest.yml');
    const { shortcuts } = readManifest(parse(await readFile(path, 'utf8')));
    expect(shortcuts.map(({ callbackId, type, name }) => [callbackId, type, name])).toEqual([
      ['declare_incident', 'message', 'Declare incident'],
      ['add_to_timeline', 'message', 'Add to incident timeline'],
    ]);
    expect(shortcuts.map(({ callbackId }) => callbackId)).toEqual(Object.keys(messageShortcuts));
  });
});

describe('a note by mention', () => {
  const noted = (text: string) => {
    const event = {
      type: 'app_mention',
      user: 'U0ADA',
      channel: 'C0INC',
      text,
      ts: message.ts,
      thread_ts: '1795197000.000100',
    };
    const body = { type: 'event_callback', event_id: 'Ev1', team_id: 'T0ACME', event };
    const { request } = readRequest(body, context);
    return request.kind === 'invocation' ? request.input : undefined;
  };

  it('is about the message it stands in, so that an edited one is known', () => {
    expect(noted('<@U0BOT> note the provider is down')).toEqual({
      text: 'the provider is down',
      message: `C0INC/${message.ts}`,
      messageAuthor: 'U0ADA',
    });
  });

  it('leaves a message that is named as it is', () => {
    const about = noted(
      '<@U0BOT> note "see this" --message C0OPS/1795190000.000100 --message-author U0GRACE',
    );
    expect(about).toEqual({ text: 'see this', message: 'C0OPS/1795190000.000100', messageAuthor: 'U0GRACE' });
  });
});
