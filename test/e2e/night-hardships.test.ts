import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { until } from '../support/until.ts';
import { draftIn, timelineOf } from './night-draft.ts';
import { namesOf, nightRecord } from './night-record.ts';
import {
  emailsSent,
  mostMessages,
  mostPings,
  mostTaps,
  nightOfReadme,
  pingWithinMilliseconds,
} from './night-script.ts';
import { type NightStage, startNightBot, startNightStage } from './night-stage.ts';

const lines = await nightOfReadme();

/** What holds of the night whatever happens meanwhile. */
async function expectTheNight(stage: NightStage): Promise<void> {
  const record = nightRecord(stage.workspace);
  expect(namesOf(record)).toHaveLength(new Set(namesOf(record)).size);
  expect(record.messages.length, namesOf(record).join('\n')).toBeLessThanOrEqual(mostMessages);
  expect(record.pings.length).toBeLessThanOrEqual(mostPings);
  expect(record.taps.length).toBeLessThanOrEqual(mostTaps);
  const draft = await draftIn(record.messages);
  expect(timelineOf(draft).filter(({ receipt }) => receipt === undefined)).toEqual([]);
  expect(draft).toContain('Status | resolved');
  const resent = (await stage.rms.effects()).filter(({ endpoint }) => endpoint === 'resend');
  expect(resent).toHaveLength(emailsSent);
}

describe('the night by HTTP', async () => {
  const stage = await startNightStage({ mode: 'http' });
  await startNightBot(stage);

  it('costs no more than by Socket Mode', async () => {
    await stage.settle();
    const beganAt = Date.now();
    await stage.play(lines);
    await expectTheNight(stage);
    expect(nightRecord(stage.workspace).firstPingAt! - beganAt).toBeLessThan(pingWithinMilliseconds);
  }, 120_000);
});

describe('the night while Slack refuses now and then', async () => {
  const stage = await startNightStage({ mode: 'socket' });
  await startNightBot(stage);

  it('costs no more, and people are called all the same', async () => {
    await stage.settle();
    const { faults, calls } = stage.workspace;
    const beganAt = Date.now();
    for (const line of lines) {
      for (const method of ['chat.postMessage', 'chat.update', 'files.completeUploadExternal']) {
        faults.next(method, 'ratelimited');
      }
      await stage.play([line]);
    }
    expect(calls.filter(({ outcome }) => outcome === 'ratelimited').length).toBeGreaterThan(10);
    await expectTheNight(stage);
    expect(nightRecord(stage.workspace).firstPingAt! - beganAt).toBeLessThan(pingWithinMilliseconds);
  }, 180_000);
});

describe('the night of a bot that is restarted in the middle', async () => {
  const stage = await startNightStage({ mode: 'socket' });
  endProcessesAfterwards();
  const upTo = (line: RegExp) => lines.findIndex((one) => line.test(one));
  const [signing, exporting] = [upTo(/clicks 'Approve'/), upTo(/clicks 'Export'/)];

  it('costs no more, while it resends and between the resolve and the draft', async () => {
    const { workspace, monitoring } = stage;
    const first = await startCountersignProcess({ ...stage, rms: stage.rms });
    await monitoring.begin(first.url);
    await stage.settle();
    await stage.play(lines.slice(0, signing));
    const grace = workspace.as('grace');
    expect((await grace.do({ kind: 'submit', viewId: grace.state().views.at(-1)!.id })).ok).toBe(true);
    const resent = async () =>
      (await stage.rms.effects()).filter(({ endpoint }) => endpoint === 'resend').length;
    await until(async () => (await resent()) >= 20, {
      deadlineMilliseconds: 30_000,
      waitingFor: 'some emails to be resent',
    });
    // In order, as a new version is rolled out: a kill may leave one email unknown, which a person then looks for.
    expect(await first.stop()).toBe(0);
    expect(await resent()).toBeLessThan(emailsSent);

    const second = await startCountersignProcess({ ...stage, rms: stage.rms });
    await monitoring.begin(second.url);
    await until(async () => (await resent()) === emailsSent, {
      deadlineMilliseconds: 90_000,
      waitingFor: 'the rest to be resent',
    });
    await stage.settle();
    await stage.play(lines.slice(signing + 1, exporting));
    expect(await second.stop()).toBe(0);

    const third = await startCountersignProcess({ ...stage, rms: stage.rms });
    await monitoring.begin(third.url);
    await stage.play(lines.slice(exporting));
    await expectTheNight(stage);
    monitoring.alerts.stop();
    await third.stop();
  }, 240_000);
});
