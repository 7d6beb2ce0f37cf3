import { type AuditEntry, auditHash } from './audit-hash.ts';
import { type Random, seededRandom } from './random.ts';

export interface SampleTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly records: number;
}

export type StoredEntry = AuditEntry & { readonly hash: string };

const firstEntryAt = Date.UTC(2025, 1, 3, 8, 0, 0, 0);

/** A tenant's audit chain in the order it was appended: the same for every call. */
export function* sampleAudit(tenant: SampleTenant, damage?: 'fork' | 'skew'): Generator<StoredEntry> {
  const random = seededRandom(tenant.slug);
  const actors = Array.from({ length: 7 }, () => random.uuid());
  const middle = Math.floor(tenant.records / 2);
  let prevHash: string | null = null;
  let time = firstEntryAt + random.below(3_600_000);

  const entryAt = (milliseconds: number, parent: string | null): StoredEntry => {
    const { action, metadata, isSystem } = sampleAction(random);
    const entry: AuditEntry = {
      id: random.uuid(),
      tenantId: tenant.id,
      actorId: isSystem ? null : (actors[random.below(actors.length)] ?? null),
      action,
      metadata,
      prevHash: parent,
      createdAt: new Date(milliseconds),
    };
    return { ...entry, hash: auditHash(entry) };
  };

  for (let index = 0; index < tenant.records; index += 1) {
    // Bursts of a few seconds and pauses of minutes, as people work.
    time += random.below(5) === 0 ? 30_000 + random.below(120_000) : 200 + random.below(9_000);
    if (damage === 'fork' && index === middle) {
      // A second node read the same newest record; its append was stored a moment earlier, and nothing follows it.
      yield entryAt(time - 12, prevHash);
      index += 1;
    }
    // Records 61, 64 and 67 of the hundred were written by a node whose clock runs 14 minutes behind.
    const isBehind = damage === 'skew' && index > middle && index <= middle + 9 && index % 3 === 1;
    const entry: StoredEntry = entryAt(isBehind ? time - 840_000 : time, prevHash);
    yield entry;
    prevHash = entry.hash;
  }
}

function sampleAction(random: Random): { action: string; metadata: unknown; isSystem: boolean } {
  const caseId = random.uuid();
  switch (random.below(8)) {
    case 0:
      return {
        action: 'case.created',
        metadata: {
          caseId,
          reference: `C-${10_000 + random.below(80_000)}`,
          jurisdiction: random.pick(['DE', 'FR', 'US-CA', 'GB']),
        },
        isSystem: false,
      };
    case 1:
      return {
        action: 'case.status_changed',
        metadata: {
          caseId,
          from: 'intake',
          to: random.pick(['review', 'submitted', 'closed']),
          note: 'Größe geprüft',
        },
        isSystem: false,
      };
    case 2:
      return {
        action: 'deadline.updated',
        metadata: {
          caseId,
          changes: { dueInDays: { before: 14, after: 7 + random.below(30) } },
          reminders: [7, 3, 1],
        },
        isSystem: false,
      };
    case 3:
      return {
        action: 'communication.queued',
        metadata: {
          communicationId: random.uuid(),
          channel: 'email',
          template: 'submission_reminder',
          attempt: 1 + random.below(3),
        },
        isSystem: true,
      };
    case 4:
      return {
        action: 'reminder.scheduled',
        metadata: {
          caseId,
          offsetMinutes: 60 * (1 + random.below(72)),
          costEstimate: random.below(400) / 100,
        },
        isSystem: true,
      };
    case 5:
      return {
        action: 'document.uploaded',
        metadata: {
          caseId,
          bytes: 1_000 + random.below(4_000_000),
          contentType: 'application/pdf',
          isEncrypted: true,
        },
        isSystem: false,
      };
    case 6:
      return {
        action: 'user.login',
        metadata: { method: random.pick(['password', 'sso']), isFirst: false, device: null },
        isSystem: false,
      };
    default:
      return { action: 'audit.exported', metadata: {}, isSystem: false };
  }
}
