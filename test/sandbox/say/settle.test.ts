import { beforeEach, describe, expect, test } from 'vitest';
import { type SettleOptions, settleOn } from '../../../sandbox/say/settle.ts';
import { testDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const { pool, appUrl } = await testDatabase();

const idle = { idle: async () => {} };
/** Long enough for a few polls on a busy machine. */
const soon = 300;

const settle = (options: Partial<SettleOptions> = {}) =>
  settleOn({ pool, workspace: idle, deadlineMilliseconds: soon, ...options } as SettleOptions).settle();

async function addJob(
  task: string,
  job: { dueInSeconds?: number; isLocked?: boolean; attempts?: number; lastError?: string } = {},
): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM graphile_worker.add_job($1::text, '{}'::json, max_attempts => 3,
       run_at => now() + make_interval(secs => $2::double precision))`,
    [task, job.dueInSeconds ?? 0],
  );
  await pool.query(
    `UPDATE graphile_worker._private_jobs
     SET attempts = $2, last_error = $3, locked_at = CASE WHEN $4 THEN now() END WHERE id = $1`,
    [rows[0]?.id, job.attempts ?? 0, job.lastError ?? null, job.isLocked ?? false],
  );
}

async function addMessage(
  id: string,
  changes: { sent?: number; isGivenUp?: boolean; lastError?: string } = {},
) {
  await pool.query(
    `INSERT INTO countersign.messages (workspace_id, id, place, urgency, sent, given_up_at, last_error)
     VALUES ('T0ACME', $1, '{}', 'other', $2, CASE WHEN $3 THEN now() END, $4)`,
    [id, changes.sent ?? 0, changes.isGivenUp ?? false, changes.lastError ?? null],
  );
}

async function addRequest(key: string, changes: { isHandled?: boolean; isVoided?: boolean } = {}) {
  await pool.query(
    `INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id, handled_at, voided_at)
     VALUES ('T0ACME', $1, 'command', '{}', 'c', CASE WHEN $2 THEN now() END, CASE WHEN $3 THEN now() END)`,
    [key, changes.isHandled ?? false, changes.isVoided ?? false],
  );
}

async function addDelivery(source: string, changes: { isProcessed?: boolean } = {}) {
  await pool.query(
    `INSERT INTO countersign.deliveries
       (workspace_id, source, method, headers, body, bytes, body_hash, processed_at)
     VALUES ('T0ACME', $1, 'POST', '{}', '{}', 2, '', CASE WHEN $2 THEN now() END)`,
    [source, changes.isProcessed ?? false],
  );
}

async function addPage(changes: { attempts?: number; isSent?: boolean; problem?: string } = {}) {
  await pool.query(
    `INSERT INTO countersign.pages (workspace_id, group_id, action, attempts, sent_at, problem)
     VALUES ('T0ACME', 'g-1', 'trigger', $1, CASE WHEN $2 THEN now() END, $3)`,
    [changes.attempts ?? 0, changes.isSent ?? false, changes.problem ?? null],
  );
}

beforeEach(async () => {
  await pool.query('DELETE FROM graphile_worker._private_jobs');
  await pool.query('DELETE FROM countersign.messages');
  await pool.query('DELETE FROM countersign.inbox');
  await pool.query('DELETE FROM countersign.deliveries');
  await pool.query('DELETE FROM countersign.pages');
});

describe('there is nothing to wait for', () => {
  test.each<[string, () => Promise<void>]>([
    ['nothing was ever asked', async () => {}],
    ['a timer is due later', () => addJob('remind:T0ACME', { dueInSeconds: 2 })],
    ['a delivery is due much later', () => addJob('deliver:T0ACME', { dueInSeconds: 60 })],
    ['a job is out of attempts', () => addJob('deliver:T0ACME', { attempts: 3 })],
    ['a message was sent', () => addMessage('run:1:card', { sent: 1 })],
    ['a message was given up', () => addMessage('run:1:card', { isGivenUp: true })],
    ['a request was handled', () => addRequest('k', { isHandled: true })],
    ['a request was voided', () => addRequest('k', { isVoided: true })],
    ['an alert was processed', () => addDelivery('prometheus', { isProcessed: true })],
    ['a page was sent', () => addPage({ isSent: true })],
    ['a page was refused for good', () => addPage({ problem: 'no such key' })],
    ['a page is tried again later', () => addPage({ attempts: 1 })],
  ])('when %s', async (_when, arrange) => {
    await arrange();
    await settle();
  });
});

describe('at the deadline it names', () => {
  test.each<[string, () => Promise<void>, string]>([
    ['a due job', () => addJob('remind:T0ACME'), 'job remind:T0ACME (attempt 0)'],
    [
      'a job at work, though it is its last attempt',
      () => addJob('execute:T0ACME', { attempts: 3, isLocked: true }),
      'job execute:T0ACME (attempt 3, at work)',
    ],
    [
      'a retry that is seconds away, with why the last attempt failed',
      () => addJob('receive:T0ACME', { dueInSeconds: 4, attempts: 1, lastError: 'connection refused' }),
      'job receive:T0ACME (attempt 1): connection refused',
    ],
    [
      'a message owed, however far its delivery is put off',
      () => addMessage('run:1:card', { lastError: 'ratelimited' }),
      'message run:1:card: ratelimited',
    ],
    ['a stored request', () => addRequest('Ev1'), 'stored request Ev1 (command)'],
    ['an alert nobody has looked at', () => addDelivery('prometheus'), 'notifications of prometheus: 1'],
    ['a page nobody has sent', () => addPage(), 'page about g-1 (trigger)'],
  ])('%s', async (_what, arrange, expected) => {
    await arrange();
    await expect(settle()).rejects.toThrow(`After 0.3 s there is still pending:\n  - ${expected}`);
  });

  test('a request that is under way', async () => {
    const workspace = { idle: () => new Promise<void>(() => {}) };
    await expect(settle({ workspace })).rejects.toThrow(
      'After 0.3 s there is still pending:\n  - a request between Slack and the app',
    );
  });

  test('all that is pending', async () => {
    await addMessage('b');
    await addMessage('a');
    await addJob('deliver:T0ACME');
    await expect(settle()).rejects.toThrow(
      '\n  - job deliver:T0ACME (attempt 0)\n  - message a\n  - message b',
    );
  });
});

test('waits for what is pending to end', async () => {
  await addJob('deliver:T0ACME');
  await addMessage('run:1:card');
  let looks = 0;
  const workspace = {
    idle: async () => {
      looks += 1;
    },
  };
  let isSettled = false;
  const settling = settle({ workspace, deadlineMilliseconds: 10_000 }).then(() => {
    isSettled = true;
  });
  await until(() => looks >= 4);
  await pool.query('DELETE FROM graphile_worker._private_jobs');
  await until(() => looks >= 8);
  expect(isSettled).toBe(false);
  await pool.query('UPDATE countersign.messages SET sent = wanted');
  await settling;
  expect(isSettled).toBe(true);
});

test('looks twice: work that comes back in between is waited for', async () => {
  let looks = 0;
  const workspace = {
    idle: async () => {
      looks += 1;
      if (looks === 2) await addMessage('late');
      if (looks === 3) await pool.query('DELETE FROM countersign.messages');
    },
  };
  await settle({ workspace, deadlineMilliseconds: 10_000 });
  expect(looks).toBe(4);
});

test('has a connection of its own for a database URL, which it closes', async () => {
  // A connection left open fails the file.
  const own = settleOn({ databaseUrl: appUrl, workspace: idle, deadlineMilliseconds: soon });
  await own.settle();
  await addMessage('run:1:card');
  await expect(own.settle()).rejects.toThrow('message run:1:card');
  await own.close();
  await expect(own.settle()).rejects.toThrow('after calling end');
});

test('leaves a pool that was given open', async () => {
  const given = settleOn({ pool, workspace: idle });
  await given.close();
  await given.settle();
});
