import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { sentence } from '../../../src/core/ledger/sentences.ts';
import { plainText } from '../../../src/core/text.ts';
import { erasePerson } from '../../../src/postgres/ledger-erase.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, type IncidentWorld, incidentWorld } from './incident-world.ts';

const database = await testDatabase();

/** Everything that can be recorded of an incident happens to one. */
async function longLife(world: IncidentWorld): Promise<string> {
  const alert = await world.fire('checkout', { severity: 'high' });
  await world.click(alert, { action: 'acknowledge' });
  const id = await world.declare({ alert, severity: 'SEV1' });
  const message = { channelId: 'C0INC', ts: '1.1', author: bob, text: 'first' };
  await world.pass(31);
  await world.work();
  await world.as(bob, 1).update(id, { note: 'Looking', title: 'Other words' });
  await world.as(ada).note(id, { text: 'first', message });
  await world.as(ada).note(id, { text: 'second', message: { ...message, text: 'second' } });
  await world.as(ada).cancelTimer(id, 'update_due', 'asleep');
  await world.as(ada).page(id, 'we are stuck');
  await world.as(ada).resolve(id, { fix: 'restarted it', override: 'it is stale' });
  await world.pass(16);
  await world.work();
  await world.resolveAlert();
  await world.fire();
  await world.resolveAlert();
  await world.as(ada).export(id);
  await world.pass(2 * 24 * 60);
  await world.work();
  await world.as(bob).publishPostmortem(id, 'https://wiki.example.com/p');
  await world.as(bob).reopen(id, 'it is back');
  return id;
}

const kinds = [
  'alert.acknowledged',
  'incident.declared',
  'incident.alert_linked',
  'incident.update_overdue',
  'incident.escalated',
  'incident.edited',
  'incident.updated',
  'incident.noted',
  'incident.note_edited',
  'incident.timer_cancelled',
  'incident.paged',
  'incident.resolved',
  'incident.still_firing',
  'alert.resolved',
  'alert.reopened',
  'alert.resolved',
  'incident.exported',
  'incident.postmortem_due',
  'incident.postmortem_due',
  'incident.postmortem_due',
  'incident.postmortem_published',
  'incident.reopened',
];

describe('the timeline', () => {
  it('has everything that happened, in the order it did, each in a sentence, with a receipt that agrees', async () => {
    const world = incidentWorld(database.pool);
    const id = await longLife(world);
    const entries = await world.timeline(id);
    // Two timers that are due at the same moment have no order.
    const seen = entries.map(({ kind }) => kind);
    expect([...seen.slice(0, 3), ...seen.slice(3, 5).sort().reverse(), ...seen.slice(5)]).toEqual(kinds);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq).toSorted((a, b) => a - b));
    for (const entry of entries) {
      expect(plainText(entry.sentence)).not.toContain(entry.kind);
      expect(plainText(entry.sentence).length).toBeGreaterThan(10);
    }
    expect(await world.receiptProblems(entries)).toEqual([]);
  });

  it('is what the ledger holds of it and nothing else', async () => {
    const world = incidentWorld(database.pool);
    const [id, other] = [await longLife(world), await world.declare()];
    const recorded = await world.rows<{ seq: number }>(
      `SELECT seq FROM countersign.ledger_entries WHERE workspace_id = $1 AND incident_id = $2`,
      id,
    );
    const seqs = (await world.timeline(id)).map(({ seq }) => seq);
    expect(recorded.filter(({ seq }) => !seqs.includes(seq))).toEqual([]);
    expect((await world.timeline(other)).map(({ kind }) => kind)).toEqual(['incident.declared']);
  });

  it('is read a page at a time, the newest first', async () => {
    const world = incidentWorld(database.pool);
    const id = await longLife(world);
    const all = (await world.timeline(id)).map(({ seq }) => seq);
    const read: number[] = [];
    let before: number | undefined;
    let pages = 0;
    do {
      const page = await world
        .as(ada)
        .timeline(id, { limit: 5, ...(before === undefined ? {} : { before }) });
      expect(page.total).toBe(all.length);
      read.unshift(...page.entries.map(({ seq }) => seq));
      before = page.olderThan;
      pages += 1;
    } while (before !== undefined);
    expect(read).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / 5));
    await expect(world.as(ada).timeline('i-none', { limit: 5 })).rejects.toMatchObject({
      code: 'no_such_incident',
    });
  });

  it('ends a page that holds the rest without promising another', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    expect(await world.as(ada).timeline(id, { limit: 1 })).toMatchObject({ total: 1, olderThan: undefined });
  });
});

describe('what people wrote', () => {
  it('stands in no fact of the chain', async () => {
    const world = incidentWorld(database.pool);
    await longLife(world);
    const facts = JSON.stringify((await world.ledger()).map((entry) => entry.facts));
    for (const words of [
      'Looking',
      'Other words',
      'first',
      'asleep',
      'stuck',
      'restarted',
      'stale',
      'is back',
    ]) {
      expect(facts).not.toContain(words);
    }
  });

  it('is gone once it is erased, and the timeline says so', async () => {
    const world = incidentWorld(database.pool);
    const id = await longLife(world);
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    try {
      await owner.query('BEGIN');
      await erasePerson(owner, world.workspaceId, bob, { actor: 'cli:root', via: 'cli' }, new Date());
      await owner.query('COMMIT');
    } finally {
      await owner.end();
    }
    const entries = await world.timeline(id);
    const textOf = (kind: string) => entries.find((entry) => entry.kind === kind)?.text;
    // Bob's own words, and his message that Ada added.
    for (const kind of ['incident.edited', 'incident.updated', 'incident.noted', 'incident.reopened']) {
      expect(`${kind} ${textOf(kind)}`).toBe(`${kind} (erased)`);
    }
    expect(textOf('incident.paged')).toBe('we are stuck');
    // Nor does the row that the headline shows keep them.
    const { rows } = await database.pool.query<{ words: string }>(
      'SELECT title || data::text AS words FROM countersign.incidents WHERE workspace_id = $1 AND id = $2',
      [world.workspaceId, id],
    );
    expect(rows[0]?.words).toContain('(erased)');
    expect(rows[0]?.words).not.toContain('Looking');
    // Where nothing was written nothing is erased.
    expect(textOf('incident.alert_linked')).toBeUndefined();
    expect(await world.verdict()).toMatchObject({ outcome: 'sound', problems: [] });
    expect(await world.receiptProblems(entries)).toEqual([]);
  });
});

it('tells of a kind this version does not know as well', () => {
  expect(plainText(sentence({ kind: 'incident.sung', actor: ada, facts: {} }))).toBe(`${ada}: incident.sung`);
});

it('has a sentence for every kind an incident records', async () => {
  const world = incidentWorld(database.pool);
  const id = await longLife(world);
  for (const { kind, sentence: said } of await world.timeline(id)) {
    expect(`${kind}: ${plainText(said)}`).not.toMatch(new RegExp(`: \\w+: ${kind}$`));
  }
});
