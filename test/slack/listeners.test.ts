import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Stored } from '../../src/core/inbox.ts';
import { boltLogger } from '../../src/slack/bolt-logger.ts';
import { boltApp } from '../../src/slack/connect.ts';
import { withInbox } from '../../src/slack/inbox-receiver.ts';
import { type ListenerContext, listen, notRecorded } from '../../src/slack/listeners.ts';
import { readRequest } from '../../src/slack/requests.ts';
import { commandsOf } from '../core/run-fixture.ts';
import { keptLog } from '../support/kept-log.ts';

/** A Slack API that opens every view it is given. */
async function slackApi() {
  const opened: { trigger_id: string; view: string }[] = [];
  const responses: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/response') {
        responses.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        return response.end('ok');
      }
      const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      if (request.url === '/api/views.open') opened.push(fields as (typeof opened)[number]);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, view: { id: 'V0OPENED' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { opened, responses, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/` };
}

/** A real app whose requests come from the test. */
async function listening(stored: Stored = 'stored') {
  const { opened, responses, url } = await slackApi();
  const filled: unknown[] = [];
  const acks: unknown[] = [];
  const faults: unknown[] = [];
  const requests = { workspaceId: 'T0ACME', botUserId: 'U0BOT', commands: commandsOf({}), targets: () => [] };
  let app: Pick<App, 'processEvent'> | undefined;
  const receiver: Receiver = {
    init: (given) => {
      app = given;
    },
    start: async () => undefined,
    stop: async () => undefined,
  };
  const context: ListenerContext = {
    targets: () => [],
    search: async () => [],
    fillRunForm: async (form) => void filled.push({ about: 'run', ...form }),
    fillGroupForm: async (form) => void filled.push({ about: 'group', ...form }),
    onFault: (error) => void faults.push(error),
  };
  listen(
    await boltApp({
      receiver: withInbox(receiver, {
        enter: () => () => undefined,
        record: async (body) => ({
          reading: readRequest(body, requests),
          stored,
          correlationId: 'c-1',
        }),
      }),
      identity: { teamId: 'T0ACME', botId: 'B0BOT', botUserId: 'U0BOT' } as never,
      token: 'xoxb-sandbox',
      apiUrl: url,
      logger: boltLogger(keptLog()),
      onFault: (error) => void faults.push(error),
    }),
    context,
  );
  const receive = (body: Record<string, unknown>) =>
    app!.processEvent({
      body,
      ack: async (answer) => void acks.push(answer),
    } as ReceiverEvent);
  return { receive, opened, responses, filled, acks, faults, responseUrl: url.replace('/api/', '/response') };
}

const common = { team: { id: 'T0ACME' }, user: { id: 'U0GRACE' } };
const click = (actionId: string, value: string, isMenu = false) => ({
  ...common,
  type: 'block_actions',
  trigger_id: '3.4.def',
  container: { message_ts: '5.5', channel_id: 'C0ALERTS' },
  actions: [
    {
      type: isMenu ? 'overflow' : 'button',
      action_id: actionId,
      block_id: 'b',
      action_ts: '6.6',
      ...(isMenu ? { selected_option: { value } } : { value }),
    },
  ],
});

describe('a click that opens a form', () => {
  it('opens it at once with its own trigger, and has it filled with the group', async () => {
    const { receive, opened, filled, acks, faults } = await listening();
    await receive(click('alert:more', 'silence g-1', true));
    expect(faults).toEqual([]);
    expect(acks).toHaveLength(1);
    expect(opened).toHaveLength(1);
    expect(opened[0]!.trigger_id).toBe('3.4.def');
    expect(opened[0]!.view).toContain('Reading…');
    expect(filled).toEqual([
      {
        about: 'group',
        groupId: 'g-1',
        form: 'silence',
        viewId: 'V0OPENED',
        by: 'U0GRACE',
        origin: { channelId: 'C0ALERTS' },
      },
    ]);
  });

  it('about a run is filled with the run', async () => {
    const { receive, filled } = await listening();
    await receive(click('run_menu', 'who_can_sign r-1', true));
    expect(filled).toMatchObject([{ about: 'run', runId: 'r-1', form: 'who_can_sign', viewId: 'V0OPENED' }]);
  });

  it('is not opened for what is done at once', async () => {
    const { receive, opened, filled, acks } = await listening();
    await receive(click('alert:acknowledge', '{"group":"g-1"}'));
    expect([opened, filled]).toEqual([[], []]);
    expect(acks).toHaveLength(1);
  });
});

describe('a shortcut on a message', () => {
  const used = (responseUrl: string, changes = {}) => ({
    ...common,
    type: 'message_action',
    callback_id: 'add_to_timeline',
    trigger_id: '7.8.ghi',
    action_ts: '6.6',
    response_url: responseUrl,
    channel: { id: 'C0OPS' },
    message_ts: '1795197600.000100',
    message: { ts: '1795197600.000100', user: 'U0ADA', text: 'x' },
    ...changes,
  });
  const said = ({ responses }: Awaited<ReturnType<typeof listening>>) => JSON.stringify(responses);

  it('is acknowledged at once, and answered where nothing can be done with it', async () => {
    const bot = await listening();
    await bot.receive(used(bot.responseUrl));
    expect(bot.acks).toEqual([undefined]);
    expect(bot.responses).toMatchObject([{ response_type: 'ephemeral', replace_original: false }]);
    expect(said(bot)).toContain('Nothing was done');
  });

  it('is told that nothing was recorded where it was not', async () => {
    const bot = await listening('failed');
    await bot.receive(used(bot.responseUrl));
    expect(bot.acks).toEqual([undefined]);
    expect(said(bot)).toContain(notRecorded);
  });

  it('that came before is acknowledged and not answered again', async () => {
    const bot = await listening('duplicate');
    await bot.receive(used(bot.responseUrl));
    expect(bot.acks).toEqual([undefined]);
    expect(bot.responses).toEqual([]);
  });

  it('that stands on no message is acknowledged, whatever it is', async () => {
    const { receive, acks, faults } = await listening();
    const { response_url: _, channel: __, message: ___, ...global } = used('http://127.0.0.1/');
    await receive({ ...global, type: 'shortcut' });
    expect([acks, faults]).toEqual([[undefined], []]);
  });
});

describe('a submitted form about alerts', () => {
  const submission = (values: object) => ({
    ...common,
    type: 'view_submission',
    view: {
      id: 'V1',
      hash: 'h1',
      type: 'modal',
      callback_id: 'alert_silence',
      private_metadata: '{"group":"g-1"}',
      state: { values },
    },
  });

  it('shows what is wrong beside the fields', async () => {
    const { receive, acks } = await listening();
    await receive(submission({}));
    expect(acks).toEqual([
      { response_action: 'errors', errors: { duration: expect.any(String), reason: expect.any(String) } },
    ]);
  });

  it('closes when it is right', async () => {
    const { receive, acks } = await listening();
    await receive(
      submission({
        duration: { value: { selected_option: { value: '30' } } },
        reason: { value: { value: 'the disk is being replaced' } },
      }),
    );
    expect(acks).toEqual([undefined]);
  });
});
