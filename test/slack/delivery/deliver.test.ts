import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deliver } from '../../../src/slack/delivery/deliver.ts';
import { metadataEventType } from '../../../src/slack/delivery/post.ts';
import { removeTwins } from '../../../src/slack/delivery/remove-twins.ts';
import { replyBlocks } from '../../../src/slack/views/reply.ts';
import {
  calls,
  client,
  context,
  database,
  die,
  expireClaim,
  id,
  later,
  messages,
  now,
  pauses,
  posts,
  row,
  show,
  shown,
  slack,
  waitFor,
  want,
  warnings,
} from './delivery-fixture.ts';

describe('delivering a message', () => {
  it('posts it with its name in the metadata, and then edits it in place', async () => {
    await want();
    await deliver(id, context);
    show('second');
    await want();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['second']);
    const { metadata } = slack.calls.find(({ method }) => method === 'chat.postMessage')!.args;
    expect(JSON.parse(String(metadata))).toEqual({
      event_type: metadataEventType,
      event_payload: { message_id: id },
    });
    expect(await row()).toMatchObject({ wanted: 2, sent: 2, claim: null, attempts: 0, post_began: false });
    await deliver(id, context);
    expect(calls('chat.update')).toHaveLength(1);
  });

  it('has one sender: another waits for as long as the claim lasts', async () => {
    await want();
    await messages.claim(id, randomUUID(), 20_000);
    await deliver(id, context);
    expect(calls()).toEqual([]);
    const [job] = await later();
    expect(job).toMatchObject({ task: 'deliver' });
    expect(job!.milliseconds).toBeGreaterThan(15_000);
    expect(job!.milliseconds).toBeLessThanOrEqual(20_000);
  });

  it('sends only the newest of several updates that wait behind one another', async () => {
    await want();
    const renders: string[] = [];
    await deliver(id, {
      ...context,
      render: async () => {
        const content = replyBlocks(shown);
        renders.push(shown);
        if (renders.length === 1) {
          for (const text of ['second', 'third', 'fourth']) {
            show(text);
            await want();
            await deliver(id, context);
          }
        }
        return { kind: 'message', message: content };
      },
    });
    expect(now).toEqual([id]);
    await deliver(id, context);
    expect(calls().filter((method) => method.startsWith('chat.'))).toEqual([
      'chat.postMessage',
      'chat.update',
    ]);
    expect(posts().map(({ text }) => text)).toEqual(['fourth']);
  });

  it('waits for its turn in the budget without counting that as a failure', async () => {
    await want();
    waitFor(() => 1_234);
    for (let time = 0; time < 5; time++) await deliver(id, context);
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({
      attempts: 0,
      sent: 0,
      claim: null,
      last_error: "waiting for Slack's rate limit",
    });
    expect((await later())[0]!.milliseconds).toBeGreaterThan(1_000);
  });
});

describe('a sender that died', () => {
  it('before its post leaves nothing behind; the next one posts', async () => {
    await want();
    await messages.claim(id, randomUUID(), 20_000);
    await expireClaim();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('between its post and the record has posted; the next one finds that and edits it', async () => {
    await want();
    await expect(deliver(id, die(true))).rejects.toThrow('killed');
    expect(await row()).toMatchObject({ ts: null, post_began: true });
    await expireClaim();
    show('second');
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['second']);
    expect(await row()).toMatchObject({ ts: posts()[0]!.ts, sent: 1, post_began: false });
    expect(calls('chat.postMessage')).toHaveLength(1);
  });

  it('before its post arrived is followed by a search for twins', async () => {
    await want();
    const claimed = await messages.claim(id, randomUUID(), 20_000);
    if (typeof claimed === 'string' || 'freeInMilliseconds' in claimed) throw new Error('not claimed');
    await messages.postBegins(claimed);
    await expireClaim();
    await deliver(id, context);
    expect(posts()).toHaveLength(1);
    const search = (await later()).find(({ task }) => task === 'remove_twins');
    expect(search!.milliseconds).toBeGreaterThan(55_000);
    // The post thought lost arrives after all.
    await client.chat.postMessage({
      channel: 'C0OPS',
      text: 'late',
      metadata: { event_type: metadataEventType, event_payload: { message_id: id } },
    });
    const whole = await messages.maybeWhole(id);
    expect(await removeTwins(client, whole!, whole!)).toBe(1);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('does not have its claim used against it: what it records late is not kept', async () => {
    await want();
    const claim = randomUUID();
    const claimed = await messages.claim(id, claim, 20_000);
    if (typeof claimed === 'string' || 'freeInMilliseconds' in claimed) throw new Error('not claimed');
    await expireClaim();
    await deliver(id, context);
    const { ts } = await row();
    expect(await messages.sent(claimed, claim, { channelId: 'C0OPS', ts: '1.000001', shown: 1 })).toBe(false);
    expect(await row()).toMatchObject({ ts, sent: 1 });
  });
});

describe('a card that can no longer be edited', () => {
  const edited = async (fault: `error:${string}`) => {
    await want();
    await deliver(id, context);
    const [original] = posts();
    show('second');
    await want();
    slack.faults.next('chat.update', fault);
    await deliver(id, context);
    return original!;
  };

  it('has a successor that links back, and is edited from then on', async () => {
    const original = await edited('error:edit_window_closed');
    const successor = posts().at(-1)!;
    expect(posts()).toHaveLength(2);
    expect(JSON.stringify(successor.blocks)).toContain(original.ts.replace('.', ''));
    expect(await row()).toMatchObject({ ts: successor.ts, sent: 2 });
    show('third');
    await want();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first', 'third']);
  });

  it('is not deleted as a twin of its successor', async () => {
    await edited('error:edit_window_closed');
    const whole = await messages.maybeWhole(id);
    expect(await removeTwins(client, whole!, whole!)).toBe(0);
    expect(posts()).toHaveLength(2);
  });

  it('has one successor also when that one’s answer was lost', async () => {
    await want();
    await deliver(id, context);
    show('second');
    await want();
    slack.faults.next('chat.update', 'error:edit_window_closed', 1);
    await expect(deliver(id, die(true))).rejects.toThrow('killed');
    expect(posts()).toHaveLength(2);
    await expireClaim();
    slack.faults.next('chat.update', 'error:edit_window_closed', 1);
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first', 'second']);
    expect((await row()).ts).toBe(posts()[1]!.ts);
  });

  it('is posted anew when somebody deleted it', async () => {
    await edited('error:message_not_found');
    expect(posts().map(({ text }) => text)).toEqual(['first', 'second']);
    expect(JSON.stringify(posts()[1]!.blocks)).not.toContain('can no longer be edited');
  });

  it.each(['chat.postMessage', 'chat.update'] as const)(
    '%s shows the words alone when its blocks are refused',
    async (method) => {
      await want();
      if (method === 'chat.update') {
        await deliver(id, context);
        show('second');
        await want();
      }
      slack.faults.next(method, 'error:invalid_blocks');
      await deliver(id, context);
      expect(posts().map(({ text, blocks }) => [text, blocks])).toEqual([[shown, []]]);
      expect(warnings).toEqual([expect.stringContaining('invalid_blocks')]);
      expect(await row()).toMatchObject({ last_error: null, claim: null });
    },
  );
});

describe('Slack being busy or away', () => {
  it.each(['chat.postMessage', 'chat.update'] as const)(
    '%s rate limited pauses and comes back when Slack says',
    async (method) => {
      await want();
      if (method === 'chat.update') {
        await deliver(id, context);
        await want();
      }
      slack.faults.next(method, 'ratelimited');
      await deliver(id, context);
      expect(pauses).toEqual([[method, 1_000]]);
      const [job] = await later();
      expect(job!.milliseconds).toBeGreaterThan(500);
      expect(job!.milliseconds).toBeLessThanOrEqual(1_000);
      // Refused for certain: there is nothing to search for.
      expect(await row()).toMatchObject({ post_began: false, claim: null, last_error: 'ratelimited' });
      expect(warnings).toEqual([]);
    },
  );

  it('backs off further with each failure, and gives up loudly in the end', async () => {
    const delays: number[] = [];
    await want();
    for (let failure = 0; failure < 8; failure++) {
      slack.faults.next('*', 'http_500');
      await deliver(id, context);
      slack.faults.clear();
      delays.push(Math.round((await later()).find(({ task }) => task === 'deliver')!.milliseconds / 1_000));
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(await row()).toMatchObject({ attempts: 8, given_up: false });
    await database.pool.query('UPDATE countersign.messages SET attempts = 2899 WHERE id = $1', [id]);
    slack.faults.next('*', 'http_500');
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true });
    expect(warnings.at(-1)).toMatch(/^gave up after 2900 attempts/);
    await deliver(id, context);
    expect(posts()).toEqual([]);
  });

  it('delivers when Slack is back', async () => {
    await want();
    slack.goDown();
    await deliver(id, context);
    slack.comeBack();
    expect(await row()).toMatchObject({ sent: 0, claim: null });
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('gives what was given up another chance with its new state', async () => {
    await want({ kind: 'channel', channelId: 'C0RANDOM' });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true, last_error: 'not_in_channel' });
    await want();
    expect(await row()).toMatchObject({ given_up: false, attempts: 0 });
  });
});
