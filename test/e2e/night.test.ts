import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runLedgerExport } from '../../src/ledger-cli/export.ts';
import { runLedgerVerify } from '../../src/ledger-cli/verify.ts';
import { runCli } from '../cli/countersign-cli.ts';
import { textOutput } from '../ledger-cli/text-output.ts';
import { people, viewText } from '../support/slack.ts';
import { draftIn, timelineOf } from './night-draft.ts';
import { type NightRecord, namesOf, nightRecord, postsTaken } from './night-record.ts';
import {
  emailsSent,
  mostMessages,
  mostPings,
  mostTaps,
  nightOfReadme,
  pingWithinMilliseconds,
} from './night-script.ts';
import { startNightBot, startNightStage } from './night-stage.ts';

describe('the night that the README plays', async () => {
  const stage = await startNightStage({ mode: 'socket' });
  await startNightBot(stage);
  let record: NightRecord;
  let draft: string;
  let beganAt: number;

  beforeAll(async () => {
    await stage.settle();
    beganAt = Date.now();
    await stage.play(await nightOfReadme());
    record = nightRecord(stage.workspace);
    draft = await draftIn(record.messages);
  }, 120_000);

  it('costs eight messages at most, and nobody is told anything twice', () => {
    expect(namesOf(record)).toEqual([
      'C0ALERTS: CRITICAL acme · rms: EmailsNotSent (production)',
      'C0INC thread: Looked up: CRITICAL EmailsNotSent (1 firing)',
      'C0INC thread: ada resolved the incident',
      'C0INC thread: postmortem-.md',
      'C0INC thread: ● 1 signature needed (production): Resend 240 failed emails of Acme GmbH (acme)',
      'C0INC: SEV1 investigating: EmailsNotSent (production)',
      'C0LEDGER: countersign checkpoint',
      'D0GRACE: ● ada asks you to sign (production), 15 min left: Resend 240 failed emails of Acme GmbH…',
    ]);
    expect(record.messages.length).toBeLessThanOrEqual(mostMessages);
    // What people see is what Slack was asked to post: nothing is hidden in deleted or replaced messages.
    expect(postsTaken(stage.workspace.calls)).toHaveLength(record.messages.length);
  });

  it('rings three times at most, the first time within five seconds', () => {
    expect(record.pings.map(({ channel }) => channel)).toEqual(['C0ALERTS', 'D0GRACE']);
    expect(record.pings.length).toBeLessThanOrEqual(mostPings);
    expect(record.firstPingAt! - beganAt).toBeLessThan(pingWithinMilliseconds);
  });

  it('takes eight taps at most, and nothing is typed', () => {
    expect(record.taps).toEqual([
      'ada: Acknowledge',
      'ada: Start incident',
      'ada: Resend emails',
      'grace: Details…',
      'grace: Approve',
      'ada: Resolve',
      'ada: Resolve',
      'ada: Export',
    ]);
    expect(record.taps.length).toBeLessThanOrEqual(mostTaps);
    expect(record.typed).toBe(0);
  });

  it('really resends, each email once, signed by somebody who did not ask', async () => {
    const resent = (await stage.rms.effects()).filter(({ endpoint }) => endpoint === 'resend');
    expect(resent).toHaveLength(emailsSent);
    expect(new Set(resent.map(({ entityId }) => entityId)).size).toBe(emailsSent);
    const { rows } = await stage.database.pool.query<{ requester: string; signer: string; state: string }>(
      `SELECT runs.requester, approvals.signer, runs.state FROM countersign.runs
       JOIN countersign.approvals ON approvals.run_id = runs.id WHERE runs.command = 'resend-notifications'`,
    );
    expect(rows).toEqual([{ requester: 'U0ADA', signer: 'U0GRACE', state: 'succeeded' }]);
  });

  it('says one deed in a line of its thread, so that no border of a minute makes it more messages', async () => {
    const log = record.messages.filter(({ text }) => text === 'ada resolved the incident');
    expect(log).toHaveLength(1);
    expect(log[0]!.blocks).toHaveLength(1);
    expect(JSON.stringify(log[0]!.blocks).match(/#\d+ · [0-9a-f]{6}/g)).toHaveLength(1);
  });

  it('keeps what has no room on the card of the resend behind its ⋯, and out of the thread', async () => {
    const linus = people(stage.workspace);
    const card = linus.screen('linus', 'C0INC').find(({ text }) => text.includes('233 of 240'));
    expect((await linus.choose('linus', card!, 'Details')).ok).toBe(true);
    const details = viewText(await linus.modal('linus', /What came of it/));
    expect(details.match(/ntf_[0-9a-f]+ failed: mailbox_full/g)).toHaveLength(4);
  });

  it('leaves a draft whose every line of the timeline the ledger confirms', async () => {
    const timeline = timelineOf(draft);
    expect(timeline.filter(({ receipt }) => receipt === undefined)).toEqual([]);
    expect(timeline.length).toBeGreaterThan(8);
    const client = new pg.Client({ connectionString: stage.database.appUrl });
    await client.connect();
    onTestFinished(() => client.end());
    for (const { line, receipt } of timeline) {
      const output = textOutput();
      const code = await runLedgerVerify({ from: { client }, output, receipt });
      expect({ line, code, said: output.text() }).toMatchObject({
        code: 0,
        said: expect.stringContaining(`${receipt} agrees`),
      });
    }
    const [, seq, hash] = /^#(\d+) · ([0-9a-f]{6})$/.exec(timeline[0]!.receipt!)!;
    const forged = `#${seq} · ${hash!.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}`;
    expect(await runLedgerVerify({ from: { client }, output: textOutput(), receipt: forged })).toBe(1);
  });

  it('is confirmed on another machine too, from an exported file and by the command line', async () => {
    const client = new pg.Client({ connectionString: stage.database.appUrl });
    await client.connect();
    onTestFinished(() => client.end());
    const file = join(stage.folder, 'ledger.jsonl');
    const written = { output: textOutput(), messages: textOutput(), out: file };
    await runLedgerExport({ client, ...written, isRedacted: true, now: new Date() });
    const timeline = timelineOf(draft);
    for (const { receipt } of timeline) {
      expect(await runLedgerVerify({ from: { file }, output: textOutput(), receipt })).toBe(0);
    }
    const { code, out } = await runCli(
      ['ledger', 'verify', '--file', file, '--receipt', timeline.at(-1)!.receipt!],
      {
        folder: stage.folder,
        variables: {},
      },
    );
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('agrees') });
  });

  it('leaves a draft that says who, when and what fixed it', () => {
    expect(draft).toContain('# Postmortem: EmailsNotSent');
    expect(draft).toMatch(/Commander \| ada/);
    expect(draft).toMatch(/233 of 240 emails resent/);
    expect(draft).not.toMatch(/undefined|\[object|U0ADA|U0GRACE/);
  });
});
