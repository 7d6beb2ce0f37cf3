import { describe, expect, it } from 'vitest';
import type { Place } from '../../../src/core/message.ts';
import { listen, readBody, send } from '../../../src/http/server.ts';
import { deliver } from '../../../src/slack/delivery/deliver.ts';
import {
  calls,
  context,
  id,
  later,
  posts,
  row,
  seq,
  show,
  slack,
  turnTo,
  want,
  warnings,
} from './delivery-fixture.ts';

describe('where the bot cannot post', () => {
  /** A response_url as a slash command in a channel without the bot brings it. */
  async function responseUrl(): Promise<string> {
    const { server, taken } = await listener();
    slack.deliverByHttp(`http://127.0.0.1:${server.port}/`);
    await slack.as('ada').do({ kind: 'send', channel: 'C0RANDOM', text: '/ops help' });
    await server.close();
    return taken[0]!;
  }

  it('answers by response_url and says that this will not be updated', async () => {
    await want({ kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() });
    await deliver(id, context);
    const [answer] = posts('C0RANDOM');
    expect(JSON.stringify(answer!.blocks)).toContain('I cannot post in this channel myself (not_in_channel)');
    expect(answer!.ephemeralFor).toBeUndefined();
    expect(await row()).toMatchObject({ sent: 1, ts: null, given_up: false });
  });

  it('keeps its five answers for the outcome instead of spending them on progress', async () => {
    const place: Place = { kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() };
    for (let line = 0; line < 8; line++) {
      await want(place, { urgency: 'progress' });
      await deliver(id, context);
    }
    expect(posts('C0RANDOM')).toEqual([]);
    show('the outcome');
    await want(place);
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['the outcome']);
  });

  it('gives up when the response_url is used up too', async () => {
    const place: Place = { kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() };
    for (let time = 0; time < 6; time++) {
      await want(place);
      await deliver(id, context);
    }
    expect(posts('C0RANDOM')).toHaveLength(5);
    expect(warnings).toEqual(['gave up: not_in_channel, and the response_url is used up']);
    expect(await row()).toMatchObject({ given_up: true });
  });

  it('shows the details of a card without a thread by response_url, instead of waiting for one', async () => {
    const card = id;
    const url = await responseUrl();
    await want({ kind: 'channel', channelId: 'C0RANDOM', responseUrl: url });
    await deliver(card, context);
    turnTo(`run:r-${seq}:details:1`);
    show('the details');
    await want({ kind: 'thread_of', messageId: card, responseUrl: url });
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['first', 'the details']);
  });

  it('gives the details up when there is no response_url either', async () => {
    const card = id;
    await want({ kind: 'channel', channelId: 'C0RANDOM' });
    await deliver(card, context);
    turnTo(`run:r-${seq}:details:1`);
    await want({ kind: 'thread_of', messageId: card });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true });
    expect(await later()).toEqual([]);
  });

  it('writes to the person when it may not answer beside what they typed', async () => {
    await want({ kind: 'ephemeral', channelId: 'C0RANDOM', userId: 'U0ADA' });
    await deliver(id, context);
    expect(calls()).toContain('conversations.open');
    expect(await row()).toMatchObject({ sent: 1, given_up: false });
  });

  it('gives up on a person who cannot be written to', async () => {
    slack.faults.next('conversations.open', 'error:cannot_dm_bot');
    await want({ kind: 'dm', userId: 'U0ROBOT' });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true, last_error: 'cannot_dm_bot' });
  });

  it('says it by response_url when the bot was removed after it had posted', async () => {
    const url = await responseUrl();
    await want({ kind: 'channel', channelId: 'C0OPS', responseUrl: url });
    await deliver(id, context);
    show('second');
    await want({ kind: 'channel', channelId: 'C0OPS', responseUrl: url });
    slack.faults.next('chat.update', 'error:not_in_channel');
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['second']);
    expect(await row()).toMatchObject({ sent: 2 });
  });
});

describe('threads and names', () => {
  it('edits what it wrote to a person where it stands, without looking for the way again', async () => {
    await want({ kind: 'dm', userId: 'U0ADA' });
    await deliver(id, context);
    show('second');
    await want({ kind: 'dm', userId: 'U0ADA' });
    await deliver(id, context);
    expect(calls()).toEqual(['conversations.open', 'chat.postMessage', 'chat.update']);
    expect(posts('D0ADA').map(({ text }) => text)).toEqual(['second']);
  });

  it('waits for the card whose thread it belongs in', async () => {
    const card = id;
    await want();
    turnTo(`run:r-${seq}:details:1`);
    await want({ kind: 'thread_of', messageId: card });
    await deliver(id, context);
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({ attempts: 0, sent: 0 });
    await deliver(card, context);
    await deliver(id, context);
    const [first, second] = posts();
    expect(second!.threadTs).toBe(first!.ts);
  });

  it('finds a channel by its name', async () => {
    await want({ kind: 'channel', channelId: '#ops' });
    await deliver(id, context);
    expect(posts()).toHaveLength(1);
  });

  it('has nothing to do with a message that no longer says anything', async () => {
    await want();
    await deliver(id, { ...context, render: async () => undefined });
    expect(await row()).toMatchObject({ sent: 1, ts: null });
    expect(calls()).toEqual([]);
  });
});

/** Takes what Slack sends and keeps the response_urls. */
async function listener() {
  const taken: string[] = [];
  const server = await listen(
    {
      'POST /': async (request, response) => {
        const body = new URLSearchParams(String(await readBody(request, 100_000)));
        taken.push(body.get('response_url') ?? '');
        send(response, 200, {});
      },
    },
    { port: 0, host: '127.0.0.1', onFault: () => undefined },
  );
  return { server, taken };
}
