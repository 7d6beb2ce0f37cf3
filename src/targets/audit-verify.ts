import type { AuditChain, AuditProblem, AuditVerdict, TenantRef } from '../command.ts';
import { createRecordReader } from '../core/audit-chain/chain-record.ts';
import {
  type AuditCheckpoint,
  type AuditCheckpointStore,
  compareWithCheckpoint,
} from '../core/audit-chain/checkpoint.ts';
import { type ChainJudge, createChainJudge } from '../core/audit-chain/judge.ts';
import type { AuditConfig } from './audit-config.ts';
import { auditLookups } from './audit-lookups.ts';
import { inSnapshot, type Session, type Snapshot } from './audit-snapshot.ts';
import { type AuditSql, auditSql } from './audit-sql.ts';
import { createCopyDecoder } from './copy-binary.ts';
import { SessionCache } from './session-cache.ts';

/** "At most a few times a second": people read a progress line, they do not watch it count. */
const progressMilliseconds = 400;

export interface AuditSource {
  readonly target: string;
  readonly databaseUrl: string;
  readonly config: AuditConfig;
  readonly checkpoints: AuditCheckpointStore;
  readonly now: () => Date;
}

export type VerifyOptions = Parameters<AuditChain['verify']>[1] & { readonly correlationId?: string };

/** What was read of the chain in this run, before it is told to people. */
interface Reading {
  readonly records: number;
  readonly checked: number;
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  readonly isOnlySkewed: boolean;
  readonly head: string | undefined;
  /** Set when all is sound: what the next run starts from. */
  readonly checkpoint: Omit<AuditCheckpoint, 'verifiedAt'> | undefined;
}

/** {@link AuditChain} whose readings may carry the id of the request they are made for. */
export interface CorrelatedAuditChain extends AuditChain {
  verify(tenant: TenantRef, options: VerifyOptions): Promise<AuditVerdict>;
  close(): Promise<void>;
}

export function createAuditChain(source: AuditSource): CorrelatedAuditChain {
  const sql = auditSql(source.config);
  const { target, databaseUrl, checkpoints, now } = source;
  const sessions = new SessionCache<Session>();

  return {
    close: () => sessions.close(),
    async verify(tenant, options) {
      const startedAt = now();
      const kept = await checkpoints.load(target, tenant.id);
      const reading = await inSnapshot(
        {
          target,
          databaseUrl,
          timeoutSeconds: source.config.timeoutSeconds,
          correlationId: options.correlationId,
          signal: options.signal,
          sessions,
        },
        (snapshot) => readChain(snapshot, { source, sql, tenant, kept, options }),
      );
      options.signal.throwIfAborted();
      if (reading.checkpoint)
        await checkpoints.save(target, tenant.id, { ...reading.checkpoint, verifiedAt: startedAt });
      return {
        verdict: verdictOf(reading),
        records: reading.records,
        checked: reading.checked,
        head: reading.head,
        durationMilliseconds: now().getTime() - startedAt.getTime(),
        since: kept && { at: kept.verifiedAt, records: kept.records, head: kept.head },
        problems: reading.problems,
        problemCount: reading.problemCount,
      };
    },
  };
}

function verdictOf(reading: Reading): AuditVerdict['verdict'] {
  if (reading.problemCount > 0) return reading.isOnlySkewed ? 'skewed' : 'broken';
  return reading.records === 0 ? 'empty' : 'intact';
}

interface ReadingTask {
  readonly source: AuditSource;
  readonly sql: AuditSql;
  readonly tenant: TenantRef;
  readonly kept: AuditCheckpoint | undefined;
  readonly options: VerifyOptions;
}

async function readChain(snapshot: Snapshot, task: ReadingTask): Promise<Reading> {
  const { sql, tenant, kept, options } = task;
  if (kept && !options.full) {
    const [counted] = await snapshot.rows<{ older: string }>(sql.countOlder, [tenant.id, kept.boundaryAt]);
    const isCountKept = Number(counted?.older) === kept.olderRecords;
    const quick = isCountKept ? await readNew(snapshot, task, kept) : undefined;
    if (quick) return quick;
    // Whatever does not fit is judged on the whole chain: only there can it be named rightly.
  }
  return readAll(snapshot, task);
}

/** Reads from the checkpoint's head on. @returns undefined unless everything there is sound and continues it. */
async function readNew(
  snapshot: Snapshot,
  task: ReadingTask,
  kept: AuditCheckpoint,
): Promise<Reading | undefined> {
  const judge = createChainJudge({ root: kept.anchor });
  let isHeadThere = false;
  const checked = await stream(snapshot, task, {
    judge,
    since: kept.boundaryAt,
    // At least; what was appended since is not worth a question of its own.
    total: kept.records - kept.olderRecords,
    onRecord: (record) => {
      if (record.hash === kept.head && record.id === kept.headId) isHeadThere = true;
    },
  });
  const { isIntact, head } = judge.glance();
  if (!isHeadThere || !isIntact || !head) return undefined;
  const records = kept.olderRecords + checked;
  return {
    records,
    checked,
    problems: [],
    problemCount: 0,
    isOnlySkewed: false,
    head: head.hash,
    checkpoint:
      head.id === kept.headId && records === kept.records
        ? kept
        : await checkpointAt(snapshot, task, head.id, records),
  };
}

async function readAll(snapshot: Snapshot, task: ReadingTask): Promise<Reading> {
  const { sql, tenant, kept } = task;
  const lookups = auditLookups(snapshot, sql, tenant.id);
  const judge = createChainJudge();
  const total = await estimatedRecords(snapshot, task);
  const checked = await stream(snapshot, task, { judge, total, lookups });
  const judgement = await judge.finish(lookups);
  const lost = kept && (await compareWithCheckpoint(kept, lookups));
  // A kept head that is merely unsound now is already among the problems, at the same record.
  const isKnown =
    lost &&
    judgement.problems.some(
      (problem) =>
        problem.kind !== 'out_of_order' && problem.record?.id === lost.record?.id && lost.kind === 'altered',
    );
  const problems = lost && !isKnown ? inOrder(judgement.problems, lost) : judgement.problems;
  const problemCount = judgement.problemCount + (lost && !isKnown ? 1 : 0);
  const isSound = problemCount === 0 && judgement.head !== undefined;
  return {
    records: checked,
    checked,
    problems,
    problemCount,
    isOnlySkewed: judgement.isOnlySkewed && !lost,
    head: judgement.head?.hash,
    checkpoint: isSound ? await checkpointAt(snapshot, task, judgement.head.id, checked) : undefined,
  };
}

function inOrder(problems: readonly AuditProblem[], added: AuditProblem): AuditProblem[] {
  const time = (problem: AuditProblem): number => problem.record?.at?.getTime() ?? Number.POSITIVE_INFINITY;
  const later = problems.findIndex((problem) => time(problem) > time(added));
  return later < 0 ? [...problems, added] : problems.toSpliced(later, 0, added);
}

interface Streaming {
  readonly judge: ChainJudge;
  readonly total: number;
  readonly since?: string;
  readonly lookups?: ReturnType<typeof auditLookups>;
  readonly onRecord?: (record: { id: string; hash: string | undefined }) => void;
}

async function stream(snapshot: Snapshot, task: ReadingTask, streaming: Streaming): Promise<number> {
  const { source, sql, tenant, options } = task;
  const { judge, total, since, lookups, onRecord } = streaming;
  const reader = createRecordReader(source.config.recipe);
  let read = 0;
  let toldAt = source.now().getTime();
  const decoder = createCopyDecoder((row) => {
    // Without look-ups the judge cannot forget open links; this many already say that the quick look failed.
    if (!lookups && judge.isWaitingForLookups) return;
    const record = reader.read(row);
    onRecord?.(record);
    judge.add(record);
    read += 1;
  });
  await snapshot.copy(sql.copyChain(tenant.id, since), (chunk) => {
    decoder.push(chunk);
    const time = source.now().getTime();
    if (time - toldAt >= progressMilliseconds) {
      toldAt = time;
      options.onProgress?.(read, Math.max(read, total));
    }
    return lookups && judge.isWaitingForLookups ? judge.settle(lookups) : undefined;
  });
  return read;
}

/** For progress only: what is reported in the end was counted. */
async function estimatedRecords(snapshot: Snapshot, task: ReadingTask): Promise<number> {
  if (!task.options.onProgress) return 0;
  const [row] = await snapshot.rows<{ 'QUERY PLAN': { Plan?: { 'Plan Rows'?: number } }[] }>(
    task.sql.estimate,
    [task.tenant.id],
  );
  return row?.['QUERY PLAN'][0]?.Plan?.['Plan Rows'] ?? 0;
}

async function checkpointAt(
  snapshot: Snapshot,
  task: ReadingTask,
  headId: string,
  records: number,
): Promise<Reading['checkpoint']> {
  const [row] = await snapshot.rows<{
    boundary_at: string;
    newer: string;
    anchor: string | null;
    head: string;
  }>(task.sql.boundary, [task.tenant.id, headId]);
  if (!row) return undefined;
  return {
    records,
    head: row.head,
    headId,
    boundaryAt: row.boundary_at,
    olderRecords: records - Number(row.newer),
    anchor: row.anchor === null || row.anchor === '' ? undefined : row.anchor,
  };
}
