import { expect, it } from 'vitest';
import { hasty } from '../support/hasty-pacing.ts';
import { namesOf, nightRecord } from './night-record.ts';
import { nightOfReadme } from './night-script.ts';
import { startNightBot, startNightStage } from './night-stage.ts';

const lines = await nightOfReadme();
const at = (words: string) => lines.findIndex((line) => line.includes(words));
const before = lines.slice(0, at('Resend emails'));
const [signing, after] = [
  lines.slice(at('Resend emails') + 1, at('alert resolve')),
  lines.slice(at('alert resolve')),
];

const test = 'run-operation rms test-email --param to=ops@example.com --param tenant=acme';
const skip = ["ada clicks 'Skip…'", "ada fills 'Reason' with 'not tonight'", 'ada submits', 'ada closes'];

/** The same deeds, by hand and by the steps of the runbook. */
const byHand = [
  ...before,
  `ada in #incidents thread: @countersign ${test}`,
  "ada clicks 'Run test-email'",
  ...lines.slice(at('Resend emails'), at('Resend emails') + 1),
  ...signing,
  ...after,
];
const byRunbook = [
  ...before,
  "ada clicks 'Runbook email outage'",
  ...['health', 'deploy', 'email status', 'logs', 'settings'].map((check) => `ada clicks 'Check ${check}'`),
  // The test message is sent once, as proof.
  ...skip,
  "ada clicks 'Attest provider'",
  "ada fills 'Evidence' with 'no block, its status page is green'",
  'ada submits',
  'ada closes',
  // Nothing is said to tenants, level 2 stays asleep, and the credentials are as they were.
  ...[...skip, ...skip, ...skip, ...skip],
  "ada clicks 'Run test-email'",
  "ada clicks 'Run test-email'",
  "ada clicks 'Resend notifications'",
  ...signing,
  ...after,
];

async function playedFromStart() {
  const stage = await startNightStage({ mode: 'socket' });
  await startNightBot(stage, hasty());
  return async (script: readonly string[]) => {
    await stage.settle();
    await stage.play(script);
    return nightRecord(stage.workspace);
  };
}

const [first, second] = [await playedFromStart(), await playedFromStart()];

it('a night by the runbook has one message more than the same night by hand: its card', async () => {
  const hand = await first(byHand);
  const book = await second(byRunbook);
  const card = 'C0INC thread: Step 1 of 16: See that the system itself is up (Email is not delivered)';
  expect(namesOf(book)).toEqual([...namesOf(hand), card].sort());
  expect(book.messages).toHaveLength(hand.messages.length + 1);
  // Its checks, its skips and what was attested call nobody.
  expect(book.pings).toHaveLength(hand.pings.length);
}, 240_000);
