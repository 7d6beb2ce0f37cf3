import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { plainText } from '../../../src/core/text.ts';
import { APP_ROLE } from '../../../src/postgres/embedded.ts';
import { maybeIncidentOfThread } from '../../../src/postgres/incidents/incidents.ts';
import { appendEntries } from '../../../src/postgres/ledger.ts';
import { maybePosted } from '../../../src/postgres/messages.ts';
import { migrate } from '../../../src/postgres/migrate.ts';
import { MIGRATIONS_FOLDER } from '../../../src/postgres/migration-status.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, incidentWorld } from './incident-world.ts';

const database = await testDatabase({ isEmpty: true });
const before = ['0001_ledger', '0002_runs', '0003_audit_checkpoints', '0004_guarded_runs', '0005_alerts'];

/** As the version before this one left a database. */
async function olderDatabase(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-older-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of before)
    copyFileSync(join(MIGRATIONS_FOLDER, `${name}.sql`), join(folder, `${name}.sql`));
  const { ownerUrl } = database;
  expect((await migrate({ ownerUrl, appRole: APP_ROLE, log: () => {}, folder })).applied).toEqual(before);
}

it('makes incidents of what was one before: of an alert, and of each broken glass', async () => {
  await olderDatabase();
  const { pool, ownerUrl } = database;
  const world = incidentWorld(pool);
  const { workspaceId, rows } = world;
  const alert = await world.fire('checkout', { severity: 'critical', title: 'Checkout is down' });
  await rows(
    `INSERT INTO countersign.incidents (workspace_id, id, group_id, title, started_by)
     VALUES ($1, 'i-alert', $2, 'Checkout is down', $3)`,
    alert,
    ada,
  );
  await rows(
    `UPDATE countersign.alert_groups SET state_data = state_data || '{"incidentId": "i-alert"}' WHERE workspace_id = $1`,
  );
  for (const [id, state] of [
    ['r-open', 'succeeded'],
    ['r-unposted', 'approved'],
    ['r-reviewed', 'succeeded'],
    ['r-signed', 'succeeded'],
  ]) {
    await rows(
      `INSERT INTO countersign.runs (workspace_id, id, command, command_version, risk, invocation, input, requester, via,
         origin, correlation_id, target, environment, state)
       VALUES ($1, $2, 'halt', 1, 'dangerous', 'halt acme', '{}', $3, 'slash', '{}', 'c-1', 'rms', 'production', $4)`,
      id,
      ada,
      state,
    );
  }
  await rows(
    `INSERT INTO countersign.reviews (workspace_id, run_id, broken_by, reason, due_at, reviewed_by, reviewed_at)
     SELECT $1, id, $2, 'everyone sleeps', now(), reviewer, CASE WHEN reviewer IS NOT NULL THEN now() END
     FROM (VALUES ('r-open', NULL), ('r-unposted', NULL), ('r-reviewed', $3)) AS broken (id, reviewer)`,
    bob,
    ada,
  );
  await rows(
    `INSERT INTO countersign.messages (workspace_id, id, place, content, urgency, wanted, sent, channel_id, ts)
     SELECT $1, id, place::jsonb, '{"by": "U0BOB", "reason": "everyone sleeps"}', 'critical', 1,
       CASE WHEN ts IS NULL THEN 0 ELSE 1 END, CASE WHEN ts IS NOT NULL THEN 'C0INC' END, ts
     FROM (VALUES
       ('run:r-open:incident', '{"kind": "channel", "channelId": "C0INC"}', '1.1'),
       ('run:r-open:thread', '{"kind": "thread_of", "messageId": "run:r-open:incident"}', '1.2'),
       ('run:r-open:broke_glass:ops', '{"kind": "channel", "channelId": "C0OPS"}', '1.3'),
       ('run:r-unposted:incident', '{"kind": "channel", "channelId": "C0INC"}', NULL),
       ('run:r-unposted:thread', '{"kind": "thread_of", "messageId": "run:r-unposted:incident"}', NULL),
       ('run:r-reviewed:incident', '{"kind": "channel", "channelId": "C0INC"}', '3.1'),
       ('run:r-reviewed:review', '{"kind": "thread_of", "messageId": "run:r-reviewed:incident"}', '3.2'),
       ('run:r-signed:card', '{"kind": "channel", "channelId": "C0OPS"}', '4.1'),
       ('incident:i-alert:headline', '{"kind": "channel", "channelId": "C0INC"}', '5.1')) AS old (id, place, ts)`,
  );
  const client = await pool.connect();
  await client.query('BEGIN');
  await appendEntries(
    client,
    workspaceId,
    [
      {
        kind: 'incident.started',
        actor: ada,
        via: 'button',
        incidentId: 'i-alert',
        facts: { group: alert, source: 'alertmanager' },
      },
      {
        kind: 'glass.broken',
        actor: bob,
        via: 'button',
        runId: 'r-open',
        facts: { command: 'halt', target: 'rms', environment: 'production' },
        private: { reason: 'everyone sleeps' },
      },
    ],
    new Date(),
  );
  await client.query('COMMIT');
  client.release();

  expect((await migrate({ ownerUrl, appRole: APP_ROLE, log: () => {} })).applied).toContain('0006_incidents');

  // Each is there once, with what was known of it; nobody is owed anything for what is long past.
  const { items } = await world.as(ada).list({ state: 'all', limit: 10 });
  expect(items.map(({ id }) => id).sort()).toEqual(['i-alert', 'i-open', 'i-reviewed', 'i-unposted']);
  expect(items.flatMap(({ timers }) => timers)).toEqual([]);
  expect(await world.incident('i-alert')).toMatchObject({
    title: 'Checkout is down',
    severity: 'SEV2',
    status: 'investigating',
    origin: 'alert',
    declaredBy: ada,
    tenants: [],
  });
  expect(await world.incident('i-open')).toMatchObject({
    title: 'Glass broken: halt acme',
    severity: 'SEV2',
    status: 'monitoring',
    origin: 'break_glass',
    declaredBy: bob,
    commander: bob,
    target: 'rms',
    environment: 'production',
    resolution: undefined,
  });
  expect(await world.incident('i-reviewed')).toMatchObject({
    status: 'resolved',
    resolution: { by: ada, fix: 'Reviewed', at: expect.any(Date) },
  });

  // The old first message is the headline, and what is in its thread stays there.
  const messages = await world.rows<{ id: string; thread: string | null; wanted: number; sent: number }>(
    `SELECT id, place->>'messageId' AS thread, wanted, sent FROM countersign.messages
     WHERE workspace_id = $1 AND id !~ ':(card|told|reply)' ORDER BY id`,
  );
  expect(messages).toEqual([
    // Owed once more: what stands there is no headline yet.
    { id: 'incident:i-alert:headline', thread: null, wanted: 2, sent: 1 },
    { id: 'incident:i-open:headline', thread: null, wanted: 2, sent: 1 },
    { id: 'incident:i-reviewed:headline', thread: null, wanted: 1, sent: 1 },
    { id: 'incident:i-unposted:headline', thread: null, wanted: 1, sent: 0 },
    { id: 'run:r-open:broke_glass:ops', thread: null, wanted: 1, sent: 1 },
    { id: 'run:r-open:thread', thread: 'incident:i-open:headline', wanted: 1, sent: 1 },
    { id: 'run:r-reviewed:review', thread: 'incident:i-reviewed:headline', wanted: 1, sent: 1 },
    { id: 'run:r-unposted:thread', thread: 'incident:i-unposted:headline', wanted: 1, sent: 0 },
  ]);
  expect(await maybePosted(pool, workspaceId, 'incident:i-open:headline')).toEqual({
    channelId: 'C0INC',
    ts: '1.1',
  });
  expect(await maybeIncidentOfThread(pool, workspaceId, { channelId: 'C0INC', threadTs: '1.1' })).toBe(
    'i-open',
  );
  expect(
    await rows('SELECT id, incident_id FROM countersign.runs WHERE workspace_id = $1 ORDER BY id'),
  ).toEqual([
    { id: 'r-open', incident_id: 'i-open' },
    { id: 'r-reviewed', incident_id: 'i-reviewed' },
    { id: 'r-signed', incident_id: null },
    { id: 'r-unposted', incident_id: 'i-unposted' },
  ]);

  // Its record goes on where it was.
  expect((await world.timeline('i-alert')).map(({ kind }) => kind)).toEqual([
    'alert.woke',
    'incident.started',
  ]);
  expect((await world.timeline('i-open')).map(({ sentence, text }) => [plainText(sentence), text])).toEqual([
    [`${bob} broke the glass for halt on rms (production)`, 'everyone sleeps'],
  ]);
  expect(await world.as(bob).declare({ alert })).toMatchObject({ isNew: false, incident: { id: 'i-alert' } });
  await world.resolveAlert();
  for (const id of ['i-alert', 'i-open', 'i-unposted']) {
    expect(await world.as(ada).resolve(id, { fix: 'it is long over' })).toMatchObject({ isResolved: true });
  }
  await world.as(ada).reopen('i-reviewed', 'it is back');
  expect(await world.waitingKinds('i-reviewed')).toEqual(['level2', 'update_due']);
  expect(await world.receiptProblems(await world.timeline('i-alert'))).toEqual([]);
});
