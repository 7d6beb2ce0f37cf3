import { describe, expect, it } from 'vitest';
import explain from '../../commands/explain.ts';
import help from '../../commands/help.ts';
import history from '../../commands/history.ts';
import ledger from '../../commands/ledger.ts';
import run from '../../commands/run.ts';
import type {
  CommandSummary,
  Countersign,
  Explanation,
  HistoryEntry,
  LedgerStatus,
  RunSummary,
} from '../../src/command.ts';
import { code, person } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { cardText, reportOf } from './report-of.ts';

const golden = (name: string) => `../golden/commands/${name}.txt`;
const at = new Date('2026-11-20T18:00:00Z');

const commands: readonly CommandSummary[] = [
  {
    name: 'help',
    summary: 'Show what you can run',
    risk: 'read',
    usage: 'help [<command>]',
    examples: ['help'],
  },
  {
    name: 'verify-audit',
    summary: "Verify a tenant's audit chain",
    risk: 'read',
    usage: 'verify-audit <tenant>',
    examples: ['verify-audit acme', 'verify-audit acme --full'],
  },
  {
    name: 'restart',
    summary: 'Restart a worker',
    risk: 'change',
    usage: 'restart <worker>',
    examples: ['restart mailer'],
  },
  {
    name: 'suspend-tenant',
    summary: 'Suspend a tenant',
    risk: 'dangerous',
    usage: 'suspend-tenant <tenant>',
    examples: ['suspend-tenant acme'],
  },
] as never;

const permitting = (allowed: readonly string[]): Partial<Countersign> => ({
  commands: () => commands,
  permission: async (name) => ({ allowed: allowed.includes(name), reason: 'Only responder may run it.' }),
});

function explanation(changes: Partial<Explanation>): Partial<Countersign> {
  return {
    explain: async () => ({
      ...commands[3]!,
      permission: {
        allowed: true,
        reason:
          'You may run "suspend-tenant" as responder; it needs 1 signature from approver within 15 min.',
      },
      runners: [{ role: 'responder', users: ['U0ADA'], unreadableGroups: ['S0ONCALL'] }],
      approvers: [{ role: 'approver', users: ['U0GRACE', 'U0LINUS'], unreadableGroups: [] }],
      approvalsNeeded: 1,
      expiresMinutes: 15,
      ...changes,
    }),
  };
}

describe('help', () => {
  it('groups what you may run by what it can do', async () => {
    const everything = await reportOf(
      help,
      {},
      { countersign: permitting(commands.map(({ name }) => name)) },
    );
    await expect(cardText('help', everything)).toMatchFileSnapshot(golden('help-all'));
    expect(everything.isPrivate).toBe(true);
  });

  it('says how many more there are, and where to ask', async () => {
    const some = await reportOf(help, {}, { countersign: permitting(['help']) });
    await expect(cardText('help', some)).toMatchFileSnapshot(golden('help-some'));
  });

  it('shows one command with its arguments and examples', async () => {
    const one = await reportOf(help, { command: 'suspend-tenant' }, { countersign: explanation({}) });
    await expect(cardText('help suspend-tenant', one)).toMatchFileSnapshot(golden('help-one'));
  });
});

describe('explain', () => {
  it('says who may run it and who could sign now', async () => {
    const report = await reportOf(explain, { command: 'suspend-tenant' }, { countersign: explanation({}) });
    await expect(cardText('explain suspend-tenant', report)).toMatchFileSnapshot(golden('explain-allowed'));
    expect(report.isPrivate).toBe(true);
  });

  it('says why you may not', async () => {
    const report = await reportOf(
      explain,
      { command: 'verify-audit' },
      {
        countersign: explanation({
          ...commands[1]!,
          permission: {
            allowed: false,
            reason: 'Only responder may run "verify-audit", and you are not in that role.',
          },
          runners: [{ role: 'responder', users: [], unreadableGroups: [] }],
          approvers: [],
          approvalsNeeded: 0,
        }),
      },
    );
    await expect(cardText('explain verify-audit', report)).toMatchFileSnapshot(golden('explain-refused'));
  });
});

describe('history', () => {
  const entry = (seq: number, what: string): HistoryEntry => ({
    seq,
    receipt: `#${seq} · 9f3ab2`,
    at,
    actor: 'U0ADA',
    sentence: [person('U0ADA'), ' asked for ', code(what), ' on pilot (production)'],
    runId: 'r-7k2m9q4x',
  });
  const page = (entries: HistoryEntry[], olderThan?: number): Partial<Countersign> => ({
    history: async () => ({ entries, olderThan }),
  });

  it('lists entries newest first and offers older ones', async () => {
    const countersign = page([entry(12, 'verify-audit acme'), entry(11, 'help')], 11);
    const report = await reportOf(history, { about: 'acme' }, { countersign });
    await expect(cardText('history acme', report)).toMatchFileSnapshot(golden('history-page'));
  });

  it.each([
    ['history-none', {}],
    ['history-none-about', { about: 'acme' }],
    ['history-none-older', { about: 'acme', before: 5 }],
  ])('says when there is nothing: %s', async (name, input) => {
    const report = await reportOf(history, input, { countersign: page([]) });
    await expect(cardText('history', report)).toMatchFileSnapshot(golden(name));
  });

  it.each(['acme', 'say "hi', '--full', 'a\\b', '<@U0ADA> verify-audit', 'x & y <b>', '“curly”'])(
    'offers older entries about %j in words that are read the same again',
    async (about) => {
      const { suggestions } = await reportOf(history, { about }, { countersign: page([entry(12, 'x')], 11) });
      const again = parseInvocation(suggestions![0]!.invocation, await loadCommands());
      expect(again).toMatchObject({ command: 'history', input: { before: 11 }, missing: [], problems: [] });
      expect(again.input.about).toBe(about);
    },
  );
});

describe('ledger', () => {
  const status = (changes: Partial<LedgerStatus> = {}): Partial<Countersign> => ({
    ledger: {
      status: async () => ({
        entries: 1234,
        receipt: '#1234 · 9f3ab2',
        headHash: '9f3ab2',
        lastCheckpoint: { seq: 1200, at, keyId: 'ed25519:77b0' },
        unanchored: 34,
        problem: undefined,
        isWriteProtected: true,
        ...changes,
      }),
      checkpoint: async () => ({ seq: 1235, receipt: '#1235 · 0c11aa' }),
    },
  });

  it.each([
    ['ledger-sound', {}, status()],
    ['ledger-checkpointed', { checkpoint: true }, status({ unanchored: 0 })],
    [
      'ledger-unprotected',
      {},
      status({ isWriteProtected: false, lastCheckpoint: undefined, unanchored: 1234 }),
    ],
    ['ledger-bad', {}, status({ problem: 'Entry #17: its hash is not the recomputed one.' })],
    [
      'ledger-empty',
      {},
      status({ entries: 0, receipt: undefined, headHash: undefined, lastCheckpoint: undefined }),
    ],
  ])('reads as kept in %s', async (name, input, countersign) => {
    const report = await reportOf(ledger, input, { countersign });
    await expect(cardText('ledger', report)).toMatchFileSnapshot(golden(name));
  });

  it('never calls an empty or a broken ledger well', async () => {
    const of = async (changes: Partial<LedgerStatus>) =>
      (await reportOf(ledger, {}, { countersign: status(changes) })).status;
    expect(await of({ entries: 0 })).toBe('unknown');
    expect(await of({ problem: 'x' })).toBe('bad');
  });
});

describe('run', () => {
  const summary: RunSummary = {
    id: 'r-7k2m9q4x',
    command: 'verify-audit',
    invocation: 'verify-audit acme',
    requester: 'U0ADA',
    state: 'succeeded',
    createdAt: at,
    finishedAt: new Date('2026-11-20T18:00:04Z'),
    target: 'pilot',
    environment: 'production',
    receipt: '#1234 · 9f3ab2',
    headline: 'acme: audit chain intact, 200 records',
    signers: ['U0GRACE'],
    steps: [],
    permalink: 'https://acme.slack.com/archives/C0OPS/p1',
  };

  it.each([
    ['run-settled', summary],
    [
      'run-going-on',
      {
        ...summary,
        state: 'awaiting_approval',
        finishedAt: undefined,
        target: undefined,
        environment: undefined,
        receipt: undefined,
        headline: undefined,
        permalink: undefined,
        steps: [
          { name: 'suspend', state: 'succeeded' },
          { name: 'observe', state: 'begun' },
        ],
      },
    ],
  ])('reads as kept in %s', async (name, found) => {
    const report = await reportOf(run, { id: 'R-7K2M9Q4X' }, { countersign: { run: async () => found } });
    await expect(cardText('run r-7k2m9q4x', report)).toMatchFileSnapshot(golden(name));
  });

  it('says when there is no such run, and where to look', async () => {
    const looking = reportOf(run, { id: 'r-nothing' }, { countersign: { run: async () => undefined } });
    await expect(looking).rejects.toMatchObject({ code: 'unknown_run' });
    await expect(looking).rejects.toThrow('There is no run "r-nothing".');
  });
});
