import { expect, test } from 'vitest';
import { playScript } from '/work/main/sandbox/say/play.ts';
import { startApprovalApp } from '/work/main/test/sandbox/say/approval-app.ts';
import { workspaceForTest } from '/work/main/test/sandbox/slack/bolt-fixture.ts';

test('x', async () => {
  const workspace = await workspaceForTest();
  const { settle, submissions: subs } = await startApprovalApp(workspace);
  let out = '';
  const r = await playScript({
    workspace,
    settle,
    write: (t) => {
      out += t;
    },
    lines: [
      'ada in #ops: /ops suspend',
      'ada approves',
      'ada denies "x"',
      'grace denies “not during freeze”',
      'ada in #ops thread: @countersign what now?',
      'grace in #ops: /ops help',
      'ADA in #ops: /ops form',
      'ada fills "tenant" with "acme"',
      "ada fills 'target' with 'RMS'",
      'ada fills "Full" with "yes"',
      'ada fills "since" with "2026-11-20"',
      'ada fills "limit" with "20"',
      'ada fills "owner" with "@grace"',
      'ada fills "reason" with "short"',
      'ada submits',
      'ada fills "Reason" with "long enough now"',
      'ada clicks "Run"',
      'ada in #ops: /ops suspend',
      'grace clicks "details"',
      'linus approves',
      'linus clicks "Nope"',
    ],
  });
  console.log(out);
  console.log(r, JSON.stringify(subs));
});
