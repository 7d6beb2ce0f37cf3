import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/command.ts';
import { sentence } from '../../../src/core/ledger/sentences.ts';
import { plainText } from '../../../src/core/text.ts';

const names: Readonly<Record<string, string>> = { U0ADA: 'Ada', U0GRACE: 'Grace', U0LIN: 'Lin' };

function told(kind: string, facts: JsonObject = {}): string {
  return plainText(sentence({ kind, actor: 'U0ADA', facts }), (id) => names[id] ?? id);
}

const step = { runbook: 'rollback', instance: 'b-1', step: 'backend', title: 'Restart the backend' };
const alert = { group: 'g-1', source: 'prometheus', severity: 'critical', title: 'HighErrorRate' };

describe('the sentence for an entry of an incident', () => {
  test.each<[string, JsonObject, string]>([
    ['incident.started', { group: 'g-1' }, 'Ada started an incident for alert g-1'],
    [
      'incident.declared',
      { severity: 'SEV1', target: 'rms', tenants: ['acme', 'globex'], origin: 'alert', group: 'g-1' },
      'Ada declared a SEV1 incident on rms for acme, globex from alert g-1',
    ],
    ['incident.declared', { severity: 'SEV4', origin: 'command' }, 'Ada declared a SEV4 incident'],
    [
      'incident.declared',
      { severity: 'SEV2', origin: 'message' },
      'Ada declared a SEV2 incident from a message',
    ],
    [
      'incident.declared',
      { severity: 'SEV1', tenants: [], origin: 'break_glass' },
      'Ada declared a SEV1 incident by breaking the glass',
    ],
    [
      'incident.updated',
      { status: 'identified', from: 'investigating' },
      'Ada posted an update (identified, was investigating)',
    ],
    ['incident.updated', { status: 'monitoring' }, 'Ada posted an update (still monitoring)'],
    [
      'incident.updated',
      { status: 'monitoring', from: 'monitoring' },
      'Ada posted an update (still monitoring)',
    ],
    [
      'incident.edited',
      {
        severity: 'SEV1',
        severityFrom: 'SEV2',
        commander: 'U0GRACE',
        commanderFrom: 'U0LIN',
        target: 'rms',
        tenants: ['acme'],
        title: true,
      },
      'Ada changed the severity to SEV1 from SEV2, the commander to Grace from Lin, the target to rms, the tenants to acme, the title',
    ],
    ['incident.edited', {}, 'Ada changed the title'],
    ['incident.edited', { commander: 'U0GRACE' }, 'Ada changed the commander to Grace'],
    ['incident.edited', { tenants: [] }, 'Ada changed the tenants to none'],
    [
      'incident.alert_linked',
      { ...alert, startedAt: '2026-11-20T17:52:00Z' },
      'Ada linked alert g-1 (critical, prometheus), first seen 2026-11-20 17:52:00 UTC',
    ],
    ['incident.alert_linked', { group: 'g-1', startedAt: 'soon' }, 'Ada linked alert g-1, first seen soon'],
    ['incident.noted', {}, 'Ada noted'],
    ['incident.noted', { channel: 'C0', ts: '1.2', author: 'U0GRACE' }, 'Ada added a message by Grace'],
    ['incident.note_edited', { author: 'U0GRACE' }, 'A message by Grace on record was edited'],
    ['incident.note_edited', {}, 'A message on record was edited by Ada'],
    ['incident.resolved', { override: false }, 'Ada resolved the incident'],
    ['incident.resolved', { override: true }, 'Ada resolved the incident although not everything was quiet'],
    ['incident.reopened', {}, 'Ada reopened the incident'],
    ['incident.paged', { called: ['U0GRACE'], pagerduty: true }, 'Ada called level 2: Grace, PagerDuty'],
    [
      'incident.paged',
      { called: [], pagerduty: false },
      'Ada called level 2: nobody: the settings name no one for it',
    ],
    [
      'incident.escalated',
      { because: 'unresolved', called: ['U0GRACE'], pagerduty: false },
      'Level 2 was called: Grace; it was not resolved in time',
    ],
    ['incident.update_overdue', {}, 'A status update was due'],
    ['incident.still_firing', { groups: ['g-1', 'g-2'] }, 'Resolved, and still firing: g-1, g-2'],
    ['incident.timer_cancelled', { timer: 'level2' }, 'Ada cancelled the call of level 2'],
    ['incident.timer_cancelled', { timer: 'toString' }, 'Ada cancelled a timer'],
    ['incident.exported', { entries: 42 }, 'Ada exported a postmortem draft of 42 entries'],
    ['incident.exported', { entries: 1 }, 'Ada exported a postmortem draft of 1 entry'],
    ['incident.postmortem_due', { left: '24h' }, 'The postmortem was due in 24 hours'],
    ['incident.postmortem_due', { left: '4h' }, 'The postmortem was due in 4 hours'],
    ['incident.postmortem_due', { left: '0h' }, 'The postmortem was overdue'],
    [
      'incident.postmortem_published',
      { url: 'https://wiki.example.com/p' },
      'Ada published the postmortem: https://wiki.example.com/p',
    ],
  ])('%s %j', (kind, facts, expected) => {
    expect(told(kind, facts)).toBe(expected);
  });
});

describe('the sentence for an entry of a runbook', () => {
  test.each<[string, JsonObject, string]>([
    [
      'runbook.started',
      { runbook: 'rollback', version: '0123456789ab', instance: 'b-1', owners: ['U0GRACE', 'U0LIN'] },
      'Ada started runbook rollback at version 0123456789ab, owned by Grace, Lin',
    ],
    ['runbook.attested', step, 'Ada attested “Restart the backend”, step backend of rollback'],
    ['runbook.attested', { ...step, title: '' }, 'Ada attested step backend of rollback'],
    ['runbook.skipped', step, 'Ada skipped “Restart the backend”, step backend of rollback'],
    [
      'runbook.assigned',
      { ...step, to: 'U0GRACE' },
      'Ada assigned “Restart the backend”, step backend of rollback to Grace',
    ],
    [
      'runbook.message_sent',
      { runbook: 'rollback', step: 'tell', template: 'rollback-announcement', channel: 'C0OPS' },
      'Ada sent message rollback-announcement to #C0OPS for step tell of rollback',
    ],
    [
      'runbook.wait_begun',
      { runbook: 'rollback', step: 'settle', until: '2026-11-20T18:15:00Z' },
      'Ada began to wait in step settle of rollback until 2026-11-20 18:15:00 UTC',
    ],
    [
      'runbook.wait_ended',
      { runbook: 'rollback', step: 'settle', outcome: 'green' },
      'The wait in step settle of rollback ended: green',
    ],
    [
      'runbook.guard_overridden',
      { ...step, requires: ['snapshot', 'staging'] },
      'Ada let “Restart the backend”, step backend of rollback begin although this had not come out well: snapshot, staging',
    ],
    [
      'runbook.finished',
      { runbook: 'rollback', done: 8, of: 9 },
      'Ada finished runbook rollback, 8 of 9 steps done',
    ],
    ['runbook.stopped', { runbook: 'rollback' }, 'Ada stopped runbook rollback'],
    [
      'runbook.review_due',
      { runbook: 'rollback', reviewBy: '2027-05-01' },
      'Runbook rollback was due to be read again by 2027-05-01',
    ],
  ])('%s %j', (kind, facts, expected) => {
    expect(told(kind, facts)).toBe(expected);
  });
});

describe('the sentence for what became of an alert', () => {
  test.each<[string, JsonObject, string]>([
    ['alert.resolved', alert, 'Alert g-1 resolved (critical, prometheus): HighErrorRate'],
    ['alert.reopened', alert, 'Alert g-1 fires again (critical, prometheus): HighErrorRate'],
    ['alert.worsened', alert, 'Alert g-1 became critical (prometheus): HighErrorRate'],
    ['alert.resolved', { group: 'g-1' }, 'Alert g-1 resolved'],
  ])('%s %j', (kind, facts, expected) => {
    expect(told(kind, facts)).toBe(expected);
  });
});
