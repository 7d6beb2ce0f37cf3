import {
  type AuditProblem,
  type AuditRecordSummary,
  type AuditVerdict,
  code,
  date,
  defineCommand,
  field,
  type Line,
  quoted,
  type Report,
  type Span,
  type TenantRef,
  targetRef,
  tenantRef,
  z,
} from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: "Verify a tenant's audit chain",
  risk: 'read',
  needs: 'audit',
  examples: ['verify-audit acme', 'verify-audit acme --full'],
  args: z.object({
    tenant: tenantRef(),
    target: targetRef(),
    full: field(z.boolean().default(false), {
      hint: 'Re-read everything, also what an earlier run has checked',
    }),
  }),
  positionals: ['tenant'],
  async run({ args }, { target, signal, progress }) {
    const verdict = await target.audit.verify(args.tenant, {
      full: args.full,
      signal,
      onProgress: (read, total) => progress(`Read ${count(read)} of ${count(total)} records`),
    });
    return report(verdict, args.tenant, args.target);
  },
});

function report(verdict: AuditVerdict, tenant: TenantRef, named: string | undefined): Report {
  const on = named === undefined ? '' : ` --target ${quoted(named)}`;
  if (verdict.verdict === 'empty') {
    return {
      status: 'unknown',
      headline: `${tenant.slug}: no audit records yet, so nothing was verified`,
      next: 'If this tenant has been active, its audit log is not being written: look for audit_append_failed in the logs.',
    };
  }
  if (verdict.verdict === 'intact') {
    return {
      status: 'ok',
      headline: `${tenant.slug}: audit chain intact, ${records(verdict.records)}`,
      lines: [
        ['Head ', code(shortHash(verdict.head)), ` · ${reading(verdict)}`],
        capitalised(since(verdict)),
      ],
    };
  }
  const first = verdict.problems[0]!;
  const more = verdict.problemCount - 1;
  return {
    status: verdict.verdict === 'skewed' ? 'warning' : 'bad',
    headline:
      verdict.verdict === 'skewed'
        ? `${tenant.slug}: audit chain sound, but clocks disagree (not tampering)`
        : `${tenant.slug}: audit chain broken, ${kindWords[first.kind]}`,
    lines: [
      ['Earliest failing record: ', ...describe(first.record)],
      first.explanation,
      ...neighbours(first),
      [`${records(verdict.records)} · ${reading(verdict)} · `, ...since(verdict)],
    ],
    next: nextSteps[first.kind],
    ...(more === 0
      ? {}
      : { details: [`${count(more)} more ${more === 1 ? 'finding' : 'findings'}:`, ...findings(verdict)] }),
    suggestions: [
      { label: 'Verify again, full', invocation: `verify-audit ${quoted(tenant.slug)}${on} --full` },
    ],
  };
}

/** What to do, from the runbook's "Drift check failures" and "Audit invalid". */
const nextSteps: Readonly<Record<AuditProblem['kind'], string>> = {
  altered:
    'Treat it as a manual edit: keep the database as it is, find who wrote to "AuditLog", and compare with the last good export.',
  fork: 'Two writers appended at once: look for audit_append_failed around this time, then compare both records with the last good export.',
  inserted:
    'A record was put in from outside the application: keep the database as it is and find who wrote to "AuditLog".',
  missing:
    'Compare with the last good export to recover the record, and find who could delete from "AuditLog".',
  out_of_order:
    'Check the clocks of the application nodes (NTP) around this time. The links are sound: nothing was edited.',
  cut_tail:
    'Records we had verified are gone: compare with the last good export and the backups, and find who could delete them.',
  unreadable: 'The record is not one the application can have written: look at that row in the database.',
};

const kindWords: Readonly<Record<AuditProblem['kind'], string>> = {
  altered: 'a record was altered',
  fork: 'two records on one parent',
  inserted: 'a record was inserted',
  missing: 'a record is missing',
  out_of_order: 'times disagree (clock skew)',
  cut_tail: 'the newest records are gone',
  unreadable: 'a record cannot be read',
};

function findings(verdict: AuditVerdict): Line[] {
  const shown = verdict.problems.slice(1);
  const hidden = verdict.problemCount - 1 - shown.length;
  return [
    ...shown.map(
      (problem): Line => [
        { bold: problem.kind.replaceAll('_', ' ') },
        ' ',
        ...describe(problem.record),
        ` ${problem.explanation}`,
      ],
    ),
    ...(hidden === 0 ? [] : [`… and ${count(hidden)} more`]),
  ];
}

function describe(record: AuditRecordSummary | undefined): Span[] {
  if (record === undefined) return ['none survives'];
  return [
    code(record.id),
    ' ',
    record.at === undefined ? 'at no valid time' : date(record.at),
    ` ${record.action} by ${record.actorId ?? 'the system'}`,
  ];
}

function neighbours({ before, after }: AuditProblem): Line[] {
  if (before === undefined && after === undefined) return [];
  const name = (record: AuditRecordSummary | undefined, none: string): Span[] =>
    record === undefined
      ? [none]
      : [code(record.id), ...(record.at === undefined ? [] : [' ', date(record.at)])];
  return [['Between ', ...name(before, 'the beginning'), ' and ', ...name(after, 'the end')]];
}

function reading(verdict: AuditVerdict): string {
  const seconds = (verdict.durationMilliseconds / 1_000).toFixed(1);
  return verdict.checked === verdict.records
    ? `all re-read in ${seconds} s`
    : `${records(verdict.checked)} re-read in ${seconds} s`;
}

function since({ since: checkpoint, records: total, checked }: AuditVerdict): Span[] {
  if (checkpoint === undefined) return ['no earlier checkpoint of this tenant was kept'];
  const line: Span[] = ['last checkpoint ', date(checkpoint.at), ` at ${records(checkpoint.records)}`];
  if (checked < total)
    line.push(`; the older ${count(total - checked)} were counted, not re-read (--full reads them)`);
  return line;
}

function capitalised([first, ...rest]: Span[]): Span[] {
  return typeof first === 'string'
    ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest]
    : [first!, ...rest];
}

function records(amount: number): string {
  return `${count(amount)} ${amount === 1 ? 'record' : 'records'}`;
}

function count(amount: number): string {
  return amount.toLocaleString('en-US');
}

function shortHash(hash: string | undefined): string {
  return hash === undefined ? 'unknown' : hash.slice(0, 12);
}
