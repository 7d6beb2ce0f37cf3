import { describe, expect, it } from 'vitest';
import verifyAudit from '../../commands/verify-audit.ts';
import type { AuditProblem, AuditRecordSummary, AuditVerdict, Report, TenantRef } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { cardText, reportOf } from './report-of.ts';

const acme: TenantRef = { id: '1', slug: 'acme', name: 'Acme GmbH' };
const sound: AuditVerdict = {
  verdict: 'intact',
  records: 200,
  checked: 200,
  head: '9f3ab2c1d4e5f60718293a4b5c6d7e8f9f3ab2c1d4e5f60718293a4b5c6d7e8f',
  durationMilliseconds: 412,
  since: undefined,
  problems: [],
  problemCount: 0,
};
const record = (
  id: string,
  minute: number,
  changes: Partial<AuditRecordSummary> = {},
): AuditRecordSummary => ({
  id: `0000000${id}-0000-4000-8000-000000000000`,
  at: new Date(Date.UTC(2026, 10, 18, 9, minute)),
  action: 'tenant.update',
  actorId: 'usr_7',
  ...changes,
});
const problem = (kind: AuditProblem['kind'], changes: Partial<AuditProblem> = {}): AuditProblem => ({
  kind,
  record: record('2', 12),
  before: record('1', 11),
  after: record('3', 13),
  explanation: `what is wrong: ${kind}`,
  ...changes,
});
const broken = (problems: AuditProblem[], changes: Partial<AuditVerdict> = {}): AuditVerdict => ({
  ...sound,
  verdict: 'broken',
  head: undefined,
  problems,
  problemCount: problems.length,
  ...changes,
});

async function reportFor(verdict: AuditVerdict, input = {}, tenant = acme): Promise<Report> {
  const target = {
    name: 'pilot',
    environment: 'production',
    tenants: { find: async () => tenant, search: async () => [] },
    audit: { verify: async () => verdict },
  };
  return reportOf(verifyAudit, { tenant: tenant.slug, ...input }, { target });
}

const checkpoint = { at: new Date('2026-11-19T06:00:00Z'), records: 150, head: 'ab' };

describe('verify-audit', () => {
  it.each<[string, AuditVerdict]>([
    ['intact', sound],
    ['intact-since', { ...sound, checked: 50, since: checkpoint }],
    ['one-record', { ...sound, records: 1, checked: 1 }],
    ['empty', { ...sound, verdict: 'empty', records: 0, checked: 0, head: undefined }],
    ['skewed', broken([problem('out_of_order')], { verdict: 'skewed' })],
    ['altered', broken([problem('altered')])],
    ['fork', broken([problem('fork'), problem('fork')])],
    ['inserted', broken([problem('inserted', { before: undefined })])],
    ['missing', broken([problem('missing', { after: undefined })])],
    [
      'cut-tail',
      broken([problem('cut_tail', { record: undefined, before: undefined, after: undefined })], {
        since: checkpoint,
      }),
    ],
    [
      'unreadable',
      broken([problem('unreadable', { record: record('2', 12, { at: undefined, actorId: null }) })]),
    ],
    [
      'many',
      broken(
        Array.from({ length: 100 }, () => problem('altered')),
        { problemCount: 1_234 },
      ),
    ],
  ])('reads as kept in verify-audit-%s', async (name, verdict) => {
    const text = cardText('verify-audit acme', await reportFor(verdict), {
      target: 'pilot',
      environment: 'production',
    });
    await expect(text).toMatchFileSnapshot(`../golden/commands/verify-audit-${name}.txt`);
  });

  it('never calls well what is not', async () => {
    const statuses = await Promise.all(
      [
        sound,
        { ...sound, verdict: 'empty' as const },
        broken([problem('out_of_order')], { verdict: 'skewed' }),
        broken([problem('altered')]),
      ].map(async (verdict) => (await reportFor(verdict)).status),
    );
    expect(statuses).toEqual(['ok', 'unknown', 'warning', 'bad']);
  });

  it('offers the full check on the same target and tenant, whatever they are called', async () => {
    const odd = { ...acme, slug: 'acme "west" & co' };
    const { suggestions } = await reportFor(broken([problem('altered')]), { target: 'pilot-2' }, odd);
    const again = parseInvocation(suggestions![0]!.invocation, await loadCommands());
    expect(again).toMatchObject({
      command: 'verify-audit',
      input: { tenant: odd.slug, target: 'pilot-2', full: true },
      missing: [],
      problems: [],
    });
  });
});
