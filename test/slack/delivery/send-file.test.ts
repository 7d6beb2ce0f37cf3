import { describe, expect, it } from 'vitest';
import type { Place } from '../../../src/core/message.ts';
import { listen, readBody, send } from '../../../src/http/server.ts';
import { boltLogger } from '../../../src/slack/bolt-logger.ts';
import { slackClient } from '../../../src/slack/connect.ts';
import { type DeliverContext, deliver } from '../../../src/slack/delivery/deliver.ts';
import { metadataEventType } from '../../../src/slack/delivery/post.ts';
import { uploadedName } from '../../../src/slack/delivery/upload.ts';
import { replyBlocks } from '../../../src/slack/views/reply.ts';
import { keptLog } from '../../support/kept-log.ts';
import {
  calls,
  client,
  context,
  database,
  die,
  expireClaim,
  id,
  inOps,
  later,
  messages,
  pauses,
  posts,
  row,
  seq,
  slack,
  turnTo,
  waitFor,
  want,
  warnings,
} from './delivery-fixture.ts';

const text = '# Postmortem\n\n- ünïcode counts in bytes\n';
const file = {
  filename: 'postmortem.md',
  title: 'Postmortem draft',
  text,
  comment: replyBlocks('The draft'),
  insteadUse: 'Get it with "countersign incident export i-1".',
};
const showing = (more: Partial<DeliverContext> = {}): DeliverContext => ({
  ...context,
  render: async () => ({ kind: 'file', file }),
  ...more,
});
const deliverFile = (more: Partial<DeliverContext> = {}) => deliver(id, showing(more));

const steps = ['files.getUploadURLExternal', 'files.completeUploadExternal', 'conversations.history'];
const shared = (place = 'C0OPS') => posts(place).filter(({ files }) => files !== undefined);
/** As if the first attempt had been longer ago than Slack takes to share a file. */
const letItSettle = () =>
  database.pool.query(
    "UPDATE countersign.messages SET post_began_at = post_began_at - interval '1 minute' WHERE id = $1",
    [id],
  );

describe('delivering a file', () => {
  it('uploads it, shares it once with its comment, and records where it stands', async () => {
    await want();
    await deliverFile();
    expect(calls()).toEqual(steps);
    const [message] = shared();
    expect(message!.files).toMatchObject([
      { title: 'Postmortem draft', name: uploadedName('postmortem.md', id), size: Buffer.byteLength(text) },
    ]);
    expect(message!.blocks).toHaveLength(1);
    expect(await (await fetch(message!.files![0]!.url)).text()).toBe(text);
    expect(await row()).toMatchObject({ sent: 1, ts: message!.ts, post_began: false, claim: null });
  });

  it('never changes it: asked for again, it does nothing', async () => {
    await want();
    await deliverFile();
    slack.recorder.clear();
    await want();
    await deliverFile();
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({ wanted: 2, sent: 2 });
    expect(shared()).toHaveLength(1);
  });

  it('does nothing more also when it was not learned where it stands', async () => {
    await want();
    slack.faults.next('conversations.history', 'http_500');
    await deliverFile();
    expect(await row()).toMatchObject({ sent: 1, ts: null });
    await want();
    await deliverFile();
    expect(shared()).toHaveLength(1);
  });

  it('goes into the thread of its card, and into a direct message', async () => {
    const card = id;
    await want();
    await deliver(card, context);
    turnTo(`run:r-${seq}:export:1`);
    await want({ kind: 'thread_of', messageId: card });
    await deliverFile();
    const { ts } = posts()[0]!;
    expect(shared().map(({ threadTs }) => threadTs)).toEqual([ts]);
    expect(calls('conversations.replies')).toHaveLength(1);
    turnTo(`run:r-${seq}:export:2`);
    await want({ kind: 'dm', userId: 'U0ADA' });
    await deliverFile();
    expect(shared('D0ADA')).toHaveLength(1);
  });

  it('waits for its turn in the budget of new messages', async () => {
    await want();
    waitFor(({ method }) => (method === 'chat.postMessage' ? 1_234 : 0));
    await deliverFile();
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({ attempts: 0, sent: 0, post_began: false });
  });

  it('says in a place for one person only how the text is had', async () => {
    await want({ kind: 'ephemeral', channelId: 'C0OPS', userId: 'U0ADA' });
    await deliverFile();
    expect(calls()).toEqual(['chat.postEphemeral']);
    expect(JSON.stringify(slack.calls[0]!.args.blocks)).toContain('countersign incident export i-1');
  });
});

describe('a file whose upload went wrong', () => {
  it.each([
    ['files.getUploadURLExternal', 'http_500'],
    ['files.getUploadURLExternal', 'cut_after_effect'],
    ['upload', 'http_500'],
    ['upload', 'cut_after_effect'],
    ['upload', 'ratelimited'],
  ] as const)('at %s (%s) is uploaded anew at once: nothing was shown', async (method, fault) => {
    await want();
    slack.faults.next(method, fault);
    await deliverFile();
    expect(await row()).toMatchObject({ sent: 0, claim: null, attempts: 1, post_began: false });
    await deliverFile();
    expect(shared()).toHaveLength(1);
    expect(await row()).toMatchObject({ sent: 1 });
  });

  it('is found by its name when the answer to sharing it was lost', async () => {
    await want();
    slack.faults.next('files.completeUploadExternal', 'cut_after_effect');
    await deliverFile();
    expect(await row()).toMatchObject({ sent: 0, post_began: true });
    await deliverFile();
    expect(shared()).toHaveLength(1);
    expect(calls('files.completeUploadExternal')).toHaveLength(1);
    expect(await row()).toMatchObject({ sent: 1, ts: shared()[0]!.ts });
  });

  it('is looked for before it is shared anew: Slack may show it late', async () => {
    await want();
    slack.faults.next('files.completeUploadExternal', 'http_500');
    await deliverFile();
    slack.recorder.clear();
    await deliverFile();
    expect(calls()).toEqual(['conversations.history']);
    expect(await row()).toMatchObject({ sent: 0, post_began: true, claim: null });
    const [job] = await later();
    expect(job).toMatchObject({ task: 'deliver' });
    expect(job!.milliseconds).toBeLessThanOrEqual(3_000);
    await letItSettle();
    await deliverFile();
    expect(shared()).toHaveLength(1);
    expect(await row()).toMatchObject({ sent: 1 });
  });

  it('is not mistaken for another file of the same name', async () => {
    await want();
    await deliverFile();
    turnTo(`run:r-${seq}:export:2`);
    await want();
    slack.faults.next('files.completeUploadExternal', 'http_500');
    await deliverFile();
    await letItSettle();
    await deliverFile();
    expect(shared()).toHaveLength(2);
  });

  it('is shared all the same where the history may not be read', async () => {
    await want();
    slack.faults.next('files.completeUploadExternal', 'http_500');
    await deliverFile();
    await letItSettle();
    slack.faults.next('conversations.history', 'error:missing_scope', 2);
    await deliverFile();
    expect(shared()).toHaveLength(1);
    expect(warnings).toContain('the history was refused: missing_scope');
    expect(await row()).toMatchObject({ sent: 1, ts: null });
  });

  it('keeps looking for the first share when a later attempt fails before its own', async () => {
    await want();
    slack.faults.next('files.completeUploadExternal', 'http_500');
    await deliverFile();
    await letItSettle();
    slack.faults.next('upload', 'http_500');
    await deliverFile();
    expect(await row()).toMatchObject({ sent: 0, post_began: true });
  });
});

describe('a sender of a file that died', () => {
  it('before it shared has shown nothing; the next one shares', async () => {
    await want();
    const claim = await messages.claim(id, '0b8f9e9e-6f0e-4a3e-9f0a-0a5a0c8a1b11', 20_000);
    expect(claim).toMatchObject({ id });
    await expireClaim();
    await deliverFile();
    expect(shared()).toEqual([]);
    await letItSettle();
    await deliverFile();
    expect(shared()).toHaveLength(1);
  });

  it('between sharing and the record has shared; the next one finds that', async () => {
    await want();
    await expect(deliver(id, { ...die(true), render: showing().render })).rejects.toThrow('killed');
    expect(await row()).toMatchObject({ sent: 0, post_began: true });
    await expireClaim();
    await deliverFile();
    expect(shared()).toHaveLength(1);
    expect(await row()).toMatchObject({ sent: 1, ts: shared()[0]!.ts });
  });
});

describe('Slack not taking a file', () => {
  it.each(['files.getUploadURLExternal', 'files.completeUploadExternal'])(
    '%s without the scope: the comment stands alone, saying what is missing and how the text is had',
    async (method) => {
      await want();
      slack.faults.next(method, 'error:missing_scope');
      await deliverFile();
      const [message] = posts();
      expect(posts()).toHaveLength(1);
      expect(message!.text).toBe('The draft');
      expect(JSON.stringify(message!.blocks)).toContain(
        'lacks the scope files:write. Get it with \\"countersign incident export i-1\\".',
      );
      expect(await row()).toMatchObject({ sent: 1, ts: message!.ts });
      expect(warnings).toEqual(['the file was refused: missing_scope; posting its comment alone']);
      await want();
      await deliverFile();
      expect(posts()).toHaveLength(1);
    },
  );

  it('posts that comment once, also when the answer to it was lost', async () => {
    await want();
    slack.faults.next('files.getUploadURLExternal', 'error:missing_scope', 2);
    slack.faults.next('chat.postMessage', 'cut_after_effect');
    await deliverFile();
    expect(await row()).toMatchObject({ sent: 0, post_began: true });
    await letItSettle();
    await deliverFile();
    expect(posts()).toHaveLength(1);
    expect(await row()).toMatchObject({ sent: 1, ts: posts()[0]!.ts });
  });

  it('names another refusal', async () => {
    await want();
    slack.faults.next('files.completeUploadExternal', 'error:file_uploads_disabled');
    await deliverFile();
    expect(JSON.stringify(posts()[0]!.blocks)).toContain(
      'Slack did not take the file (file_uploads_disabled).',
    );
  });

  it('gives up where the bot may not write at all', async () => {
    const place: Place = { kind: 'channel', channelId: 'C0RANDOM' };
    await want(place);
    await deliverFile();
    expect(await row()).toMatchObject({ given_up: true, last_error: 'not_in_channel' });
  });

  it.each(['files.getUploadURLExternal', 'files.completeUploadExternal'])(
    '%s rate limited pauses that method and comes back when Slack says',
    async (method) => {
      await want();
      slack.faults.next(method, 'ratelimited');
      await deliverFile();
      expect(pauses).toEqual([[method, 1_000]]);
      expect(await row()).toMatchObject({ post_began: false, last_error: 'ratelimited' });
      await deliverFile();
      expect(shared()).toHaveLength(1);
    },
  );

  it.each(['files.getUploadURLExternal', 'files.completeUploadExternal'])(
    'waits while %s is paused',
    async (method) => {
      await want();
      waitFor((call) => (call.method === method ? 900 : 0));
      await deliverFile();
      expect(calls()).toEqual([]);
    },
  );
});

describe('the address Slack gives for the bytes', () => {
  /** Slack's first call answered by us, with an address of our own. */
  async function deliverTo(bytes: (authorization: string | undefined, body: Buffer) => [number, object]) {
    const elsewhere = await listen(
      {
        'POST /put': async (request, response) => {
          const [status, answer] = bytes(request.headers.authorization, (await readBody(request, 10_000))!);
          if (status === 302) response.setHeader('location', '/elsewhere');
          send(response, status, answer);
        },
        'GET /elsewhere': async (_, response) => send(response, 200, {}),
        'POST /api/files.getUploadURLExternal': async (_, response) =>
          send(response, 200, {
            ok: true,
            file_id: 'F0OURS',
            upload_url: `http://127.0.0.1:${elsewhere.port}/put`,
          }),
      },
      { port: 0, host: '127.0.0.1', onFault: () => undefined },
    );
    const apiUrl = `http://127.0.0.1:${elsewhere.port}/api/`;
    const asked = slackClient(slack.app.botToken, { apiUrl, logger: boltLogger(keptLog()) });
    const half = Object.create(client) as typeof client;
    Object.defineProperty(half, 'files', {
      value: { ...client.files, getUploadURLExternal: asked.files.getUploadURLExternal },
    });
    await want();
    await deliverFile({ client: half });
    await elsewhere.close();
  }

  it('gets the bytes and not the bot token', async () => {
    const seen: unknown[] = [];
    await deliverTo((authorization, body) => {
      seen.push(authorization, body.toString());
      return [200, {}];
    });
    expect(seen).toEqual([undefined, text]);
  });

  it('is not followed elsewhere', async () => {
    await deliverTo(() => [302, {}]);
    expect(await row()).toMatchObject({ sent: 0, attempts: 1, post_began: false });
  });

  it('refusing the bytes leaves the comment alone', async () => {
    await deliverTo(() => [404, {}]);
    expect(JSON.stringify(posts()[0]!.blocks)).toContain('(the upload was answered with 404)');
  });
});

describe('the name of an uploaded file', () => {
  it('holds the message’s own, before the ending', () => {
    expect(uploadedName('a.b.md', 'm-1')).toMatch(/^a\.b\.[0-9a-f]{8}\.md$/);
    expect(uploadedName('a', 'm-1')).toMatch(/^a\.[0-9a-f]{8}$/);
    expect(uploadedName('a.md', 'm-1')).not.toBe(uploadedName('a.md', 'm-2'));
  });

  it('is all that is known of it: a file takes no metadata', async () => {
    await want(inOps);
    await deliverFile();
    expect(JSON.stringify(slack.calls)).not.toContain(metadataEventType);
  });
});
