import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { cardText, people } from '../support/slack.ts';
import {
  alertOf,
  nothingOwed,
  notificationOf,
  sendUntilTaken,
  startAlertScene,
} from './alert-crash-scene.ts';
import { alertWitness } from './alert-witness.ts';

const testMilliseconds = 90_000;

describe('a delivery that cannot be processed', async () => {
  const scene = await startAlertScene();
  const { surroundings } = scene;
  const { database } = surroundings;
  endProcessesAfterwards();
  const bot = await startCountersignProcess(surroundings);
  const witness = alertWitness(scene);
  const { ask } = people(surroundings.workspace);
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  afterAll(() => superuser.end());

  const fire = (name: string) =>
    sendUntilTaken(() => bot.url, notificationOf(alertOf(name, 'critical', { startsAt: new Date() })));
  const status = async () => cardText(await ask('ada', 'monitoring-status', { matching: /prometheus/ }));
  /** As an older process, or a careless hand, may have left it. */
  const leave = (source: string, body: string) =>
    superuser.query(
      `INSERT INTO countersign.deliveries (workspace_id, source, method, headers, body, bytes, body_hash)
       VALUES ('T0ACME', $1, 'POST', '{}', $2::bytea, octet_length($2::bytea), ''::bytea)`,
      [source, Buffer.from(body, 'latin1')],
    );

  it.each([
    ['is no JSON', 'prometheus', '\xff\x00\x80not json'],
    ['is another thing than its kind sends', 'prometheus', '{"alerts":{"not":"a list"}}'],
    ['comes from a source that is configured no more', 'forgotten', '{"alerts":[]}'],
  ])(
    'because it %s stops nothing that comes after it',
    async (_why, source, body) => {
      await leave(source, body);
      await fire(`After${source}${body.length}`);
      await witness.card(`After${source}${body.length}`, /⛔ CRITICAL/);
      await nothingOwed(surroundings);
    },
    testMilliseconds,
  );

  it(
    'because what it says cannot be written stops nothing that came with it or after it',
    async () => {
      await superuser.query(`
        CREATE FUNCTION public.refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.state_data->>'title' LIKE 'Poison%' THEN
            RAISE EXCEPTION 'cannot be written' USING ERRCODE = 'program_limit_exceeded';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse_poison BEFORE INSERT OR UPDATE ON countersign.alert_groups
        FOR EACH ROW EXECUTE FUNCTION public.refuse_poison()`);
      await Promise.all(['With1', 'Poison1', 'With2', 'Poison2', 'With3'].map(fire));
      await fire('Afterwards');
      for (const name of ['With1', 'With2', 'With3', 'Afterwards']) await witness.card(name, /⛔ CRITICAL/);
      await nothingOwed(surroundings);
      for (const name of ['With1', 'With2', 'With3', 'Afterwards']) {
        expect(witness.cards(name)).toHaveLength(1);
        expect(witness.calls(name, 'U0GRACE')).toBe(1);
        expect(witness.incidents(name)).toHaveLength(1);
      }
      expect(witness.cards('Poison')).toEqual([]);
    },
    testMilliseconds,
  );

  it(
    'is told of by /ops monitoring-status, first of all while nothing came after it',
    async () => {
      expect(await status()).toMatch(/prometheus \(alertmanager\) .* 4 not readable/);
      await leave('prometheus', '[]');
      await nothingOwed(surroundings);
      expect(await status()).toMatch(/Unreadable: prometheus, The body has no list "alerts"/);
    },
    testMilliseconds,
  );
});
