import { describe, expect, it } from 'vitest';
import type { ClaimedMessage } from '../../src/core/message.ts';
import type { Membership } from '../../src/core/policy/membership.ts';
import type { Run } from '../../src/core/run.ts';
import { renderer } from '../../src/slack/render.ts';
import { maybeRunPart } from '../../src/slack/views/run-message.ts';

const run = {
  id: 'r-1',
  command: 'help',
  invocation: 'help',
  requester: 'U0ADA',
  state: 'succeeded',
  isRetryable: false,
  report: {
    status: 'info',
    headline: 'You can run 3 of 4 commands',
    lines: [[{ person: 'U0GRACE' }]],
    isPrivate: true,
  },
} as unknown as Run;
const names: Record<string, string> = { U0ADA: 'Ada Moreau', U0GRACE: 'Grace Okafor' };
const membership = {
  person: async (id: string) =>
    names[id] === undefined
      ? { isReadable: false, reason: 'down' }
      : { isReadable: true, value: { id, name: names[id] }, readAt: new Date() },
} as unknown as Membership;
const nothingAsked = {
  approvals: [],
  steps: [],
  signersNow: [],
  unreadableGroups: [],
  signaturesHolding: 0,
  waitsFor: undefined,
  undo: undefined,
  approvalLink: undefined,
} as const;
const shown = async (id: string, found: Run | undefined, content?: object) =>
  JSON.stringify(
    await renderer({
      maybeRun: async () => found && { ...nothingAsked, run: found, receipt: '#12 · 9f3ab2' },
      maybeLockdown: async () => undefined,
      maybeReview: async () => undefined,
      maybeGroup: async () => undefined,
      maybeDigest: async () => undefined,
      maybeRaw: async () => undefined,
      maybeIncident: async () => undefined,
      incidentLog: async () => [],
      maybeRunbook: async () => undefined,
      commands: new Map(),
      permalink: async () => undefined,
      opsChannel: async () => 'C0OPS',
      now: () => new Date('2026-11-20T18:00:00Z'),
      membership,
    })({
      id,
      content,
    } as unknown as ClaimedMessage),
  );

describe('showing a message', () => {
  it('names people, and the receipt of the newest entry', async () => {
    const answer = await shown('run:r-1:answer', run);
    for (const text of ['You can run 3 of 4', 'Grace Okafor', 'Ada Moreau', '#12 · 9f3ab2'])
      expect(answer).toContain(text);
  });

  it('shows the id of a person Slack does not name now', async () => {
    expect(await shown('run:r-1:answer', { ...run, requester: 'U0UNKNOWN' })).toContain('U0UNKNOWN');
  });

  it('keeps an answer for one person out of the card everyone saw', async () => {
    const card = await shown('run:r-1:card', run);
    expect(card).not.toContain('You can run');
    expect(card).not.toContain('Grace');
    expect(card).toContain('answered to the person who asked');
    const refused = {
      ...run,
      state: 'refused',
      report: undefined,
      problem: 'Only responder may.',
    } as unknown as Run;
    expect(await shown('run:r-1:card', refused)).not.toContain('Only responder may.');
    expect(await shown('run:r-1:answer', refused)).toContain('Only responder may.');
  });

  it('shows a refusal in full, however long it is', async () => {
    const problem = `Only responder may. ${'The user group S0ONCALL cannot be read. '.repeat(12)}The end.`;
    const refused = { ...run, state: 'refused', report: undefined, problem } as unknown as Run;
    expect(await shown('run:r-1:answer', refused)).toContain('The end.');
  });

  it('shows what is frozen as it is, and nothing of a run or page that is not there', async () => {
    expect(await shown('ledger:checkpoint:7', undefined, { text: 'checkpoint 7' })).toContain('checkpoint 7');
    expect(await shown('ledger:checkpoint:7', undefined)).toBeUndefined();
    expect(await shown('run:r-1:card', undefined)).toBeUndefined();
    expect(await shown('run:r-1:details:9', run)).toBeUndefined();
  });

  it.each([
    ['run:r-1:card', { runId: 'r-1', part: 'card', page: 0 }],
    ['run:r-1:details:12', { runId: 'r-1', part: 'details', page: 12 }],
    ['run:r-1:view', { runId: 'r-1', part: 'view', page: 0 }],
    ['run:r-1:other', undefined],
    ['ledger:checkpoint:7', undefined],
  ])('%s is %j', (id, part) => {
    expect(maybeRunPart(id)).toEqual(part);
  });
});
