import { expect } from 'vitest';
import type { ActionResult, ClientMessage } from '../../sandbox/slack/client-api.ts';
import type { Effect } from '../../sandbox/targets/rms/effects.ts';
import { isSettled, runStates } from '../../src/core/run.ts';
import { buttons, cardText, menuOptions, type People, people } from '../support/slack.ts';
import type { Surroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { promisedMilliseconds, verifyLedger } from './killed-process.ts';

/** Two signatures, so that there is a moment with one; resending needs none, so its preview is confirmed. */
export const twoSignatures = `
  - { risk: read, run: [responder, approver, admin] }
  - { risk: change, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver, admin], approvals: 2, expiresMinutes: 15 }`;

/** Never more than this is needed: two sign, and the third request is the same one. */
const actMilliseconds = promisedMilliseconds;

const takenOver = 'run.taken_over';

export interface GuardedRun {
  readonly id: string;
  readonly state: string;
  readonly problem: string | null;
  readonly correlationId: string;
  readonly hasPlan: boolean;
}

/** What people do with guarded runs while their bot is killed and started again under their hands. */
export interface GuardedPeople extends People {
  /** Types it, again if that was lost, until there is a run of it. @returns its id */
  request(invocation: string): Promise<string>;
  /** Approves on the card, again if that was lost, until the signature is stored. */
  sign(who: string, runId: string): Promise<void>;
  /** Presses a button of its card, or chooses from its ⋯, again if that was lost, until the run has left that state. */
  press(who: string, runId: string, label: string, from: string): Promise<void>;
  run(runId: string): Promise<GuardedRun>;
  /** Waits until it is one of these. */
  becomes(runId: string, ...states: string[]): Promise<GuardedRun>;
  /** Waits until nothing goes on with it any more but, where it is unknown, a person. */
  ends(runId: string): Promise<GuardedRun>;
  /** Everything asked for was said, and nothing is left to do. */
  quiet(): Promise<void>;
  /** The run's cards in #ops, without threads. */
  cards(runId: string): ClientMessage[];
  /** Its decisions on record, in order, without the takeovers in between. */
  decisions(runId: string): Promise<string[]>;
  /** How often another process took it over in the middle of its steps. */
  takeovers(runId: string): Promise<number>;
  /** What rms really did for this run. */
  effects(runId: string): Promise<Effect[]>;
  /** What holds of every run, whatever became of it. */
  expectHonest(runId: string): Promise<void>;
}

/** @param generation how often the bot has been started again so far. */
export function guardedPeople(surroundings: Surroundings, generation = () => 0): GuardedPeople {
  const { workspace, database } = surroundings;
  const rms = surroundings.rms!;
  const slack = people(workspace);
  const one = async <Row extends object>(sql: string, ...values: unknown[]) =>
    (await database.pool.query<Row>(sql, values)).rows[0];
  const run = async (runId: string): Promise<GuardedRun> =>
    (await one<GuardedRun>(
      `SELECT id, state, problem, correlation_id AS "correlationId", plan IS NOT NULL AS "hasPlan"
       FROM countersign.runs WHERE id = $1`,
      runId,
    ))!;
  const becomes = (runId: string, ...states: string[]) =>
    until(
      async () => {
        const found = await run(runId);
        return states.includes(found.state) && (found.state !== 'planned' || found.hasPlan)
          ? found
          : undefined;
      },
      { deadlineMilliseconds: actMilliseconds, waitingFor: `${runId} to be ${states.join(' or ')}` },
    );
  const kinds = async (runId: string) => {
    const { rows } = await database.pool.query<{ kind: string }>(
      'SELECT kind FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
      [runId],
    );
    return rows.map(({ kind }) => kind);
  };
  const quiet = async () => {
    await until(
      async () => {
        await workspace.idle();
        const { due } = (await one<{ due: number }>(
          `SELECT (
             (SELECT count(*) FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL)
             + (SELECT count(*) FROM countersign.runs WHERE state = 'executing' OR state = 'planned' AND plan IS NULL)
             + (SELECT count(*) FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL)
             + (SELECT count(*) FROM graphile_worker._private_jobs
                WHERE locked_at IS NOT NULL OR (run_at <= now() AND attempts < max_attempts)))::int AS due`,
        ))!;
        return due === 0;
      },
      { deadlineMilliseconds: actMilliseconds, waitingFor: 'the bot to have nothing left to do' },
    );
  };
  /** As people do: what was not taken is done once more as soon as the bot is back, what was is not. */
  const insist = async <Done>(
    act: () => Promise<ActionResult>,
    maybeDone: () => Promise<Done | undefined>,
    what: string,
  ): Promise<Done> => {
    for (;;) {
      const before = generation();
      await act();
      const done = await until(
        async () => (await maybeDone()) ?? (generation() > before ? 'again' : undefined),
        {
          deadlineMilliseconds: actMilliseconds,
          waitingFor: what,
        },
      );
      if (done !== 'again') return done as Done;
      await quiet();
      const after = await maybeDone();
      if (after !== undefined) return after;
    }
  };
  const cards = (runId: string) =>
    slack
      .screen('ada', 'C0OPS')
      .filter((message) => message.threadTs === undefined && cardText(message).includes(runId));
  const cardWith = (runId: string, label: string) =>
    until(
      () =>
        cards(runId).find((card) =>
          [...buttons(card), ...menuOptions(card)].some((one) => one.label === label),
        ),
      {
        deadlineMilliseconds: actMilliseconds,
        waitingFor: `a card of ${runId} with "${label}"`,
      },
    );

  return {
    ...slack,
    request: async (invocation) => {
      const newest = async () =>
        (await one<{ id: string }>(`SELECT id FROM countersign.runs ORDER BY created_at DESC LIMIT 1`))?.id;
      const before = await newest();
      return insist(
        () => slack.ops('ada', invocation),
        async () => {
          const after = await newest();
          return after === before ? undefined : after;
        },
        `a run of "${invocation}"`,
      );
    },
    sign: async (who, runId) => {
      await insist(
        async () => slack.click(who, await cardWith(runId, 'Approve'), 'Approve'),
        async () =>
          (await one(
            `SELECT FROM countersign.approvals WHERE run_id = $1 AND signer = $2`,
            runId,
            workspace.as(who).id,
          )) && true,
        `the signature of ${who} on ${runId}`,
      );
    },
    press: async (who, runId, label, from) => {
      const press = async () => {
        const card = await cardWith(runId, label);
        const isButton = buttons(card).some((button) => button.label === label);
        return isButton ? slack.click(who, card, label) : slack.choose(who, card, label);
      };
      await insist(
        press,
        async () => ((await run(runId)).state === from ? undefined : true),
        `${runId} to be ${from} no more`,
      );
    },
    run,
    becomes,
    ends: (runId) => becomes(runId, ...runStates.filter(isSettled), 'unknown'),
    quiet,
    cards,
    decisions: async (runId) => (await kinds(runId)).filter((kind) => kind !== takenOver),
    takeovers: async (runId) => (await kinds(runId)).filter((kind) => kind === takenOver).length,
    effects: async (runId) => {
      const { correlationId } = await run(runId);
      return (await rms.effects()).filter((effect) => effect.correlationId === correlationId);
    },
    expectHonest: async (runId) => {
      const { correlationId, state } = await run(runId);
      const effects = (await rms.effects()).filter((effect) => effect.correlationId === correlationId);
      const made = effects.map(({ endpoint, entityId }) => `${endpoint} ${entityId}`);
      expect(made).toEqual([...new Set(made)]);
      expect([...runStates.filter(isSettled), 'unknown']).toContain(state);
      const ledger = await verifyLedger(database.appUrl);
      expect(ledger.code, ledger.text).toBe(0);
      const cardsNow = cards(runId);
      expect(cardsNow.map(cardText)).toHaveLength(1);
      const labels = buttons(cardsNow[0]!).map(({ label }) => label);
      if (state === 'unknown') {
        expect(cardText(cardsNow[0]!)).toContain('unknown');
        expect(labels).toEqual(expect.arrayContaining(['It happened', 'It did not', 'Look again']));
      } else {
        expect(labels).not.toContain('Approve');
        expect(labels).not.toContain('It happened');
      }
    },
  };
}
