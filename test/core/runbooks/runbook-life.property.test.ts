import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import type { RunbookStep } from '../../../src/core/runbooks/runbook.ts';
import { testDatabase } from '../../support/database.ts';
import fc from '../../support/properties.ts';
import { ada, bob, eve, lin } from '../change/guarded-people.ts';
import {
  afterEvent,
  type Found,
  type Oracle,
  oracle,
  type RunbookEvent,
  standingOf,
  worked,
} from './runbook-oracle.ts';
import { green, type RunbookWorld, red, runbookWorld } from './runbook-world.ts';
import { checkStep, doStep, messageStep, runbookOf, runStep, waitStep } from './sample-steps.ts';

const database = await testDatabase();

const mostSteps = 6;
const findings = {
  green,
  red,
  seen: { status: 'info', headline: 'so it is' },
  unknown: { status: 'unknown', headline: 'no answer' },
  refused: () => {
    throw new Refusal('no_such_service', 'There is no such service');
  },
  broken: () => {
    throw new Error('the socket hung up');
  },
} as const;

type Kind = 'do' | 'evidence' | 'role' | 'check' | 'change' | 'dangerous' | 'wait' | 'until' | 'message';

function stepOf(kind: Kind, index: number, required: readonly number[]): RunbookStep {
  const id = `s${index}`;
  const requires = [...new Set(required.map((one) => one % Math.max(1, index)))]
    .filter((one) => one < index)
    .map((one) => `s${one}`);
  switch (kind) {
    case 'do':
      return doStep(id, { requires });
    case 'evidence':
      return doStep(id, { requires, evidence: 'required' });
    case 'role':
      return doStep(id, { requires, role: 'database' });
    case 'check':
      return checkStep(id, { requires });
    case 'change':
      return runStep(id, 'nudge acme', { requires });
    case 'dangerous':
      return runStep(id, 'halt globex', { requires });
    case 'wait':
      return waitStep(id, 20, { requires });
    case 'until':
      return waitStep(id, 20, { requires, untilEvery: 10 });
    case 'message':
      return messageStep(id, { requires });
  }
}

const kinds = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom<Kind[]>(
      'do',
      'evidence',
      'role',
      'check',
      'check',
      'change',
      'dangerous',
      'wait',
      'until',
      'message',
    ),
    requires: fc.array(fc.nat(mostSteps), { maxLength: 2 }),
    nth: fc.nat(1),
    found: fc.constantFrom<Found[]>('green', 'red', 'seen', 'unknown', 'refused', 'broken'),
  }),
  // Two of the same command would wait as one request.
  {
    minLength: 2,
    maxLength: mostSteps,
    selector: ({ kind, nth }) => (kind === 'change' || kind === 'dangerous' ? kind : `${kind} ${nth}`),
  },
);

const who = fc.constantFrom(ada, ada, bob, bob, lin, eve);
/** Mostly the step people are at: `-1`. */
const step = fc.constantFrom(-1, -1, -1, -1, 0, 1, 2, 3);
interface Planned {
  readonly event: RunbookEvent;
  /** Done at the same time, in the other process. */
  readonly with: RunbookEvent | undefined;
  readonly by: number;
}
const acting: fc.Arbitrary<RunbookEvent> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('next' as const), step, who }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('attest' as const), step, who, hasEvidence: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('skip' as const), step, who }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stop' as const), who: fc.constantFrom(eve, eve, eve, bob) }),
  },
);
const found = fc.constantFrom<Found[]>('green', 'green', 'red', 'seen', 'unknown', 'refused', 'broken');
const other: fc.Arbitrary<RunbookEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      step,
      how: fc.constantFrom('go' as const, 'go' as const, 'deny' as const, 'cancel' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('find' as const), step, found }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('override' as const), step }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(5, 10, 20) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
const by = fc.nat(1);
const planned: fc.Arbitrary<Planned> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ event: acting, with: fc.constant(undefined), by }) },
  { weight: 2, arbitrary: fc.record({ event: acting, with: acting, by }) },
  { weight: 4, arbitrary: fc.record({ event: other, with: fc.constant(undefined), by }) },
);

/** Steps that are not there, and `-1`, are the one people are at. */
function aimed(event: RunbookEvent, { records, steps }: Oracle): RunbookEvent {
  if (!('step' in event)) return event;
  const at = records.findIndex(({ state }) => state !== 'done');
  const place = event.step < 0 || event.step >= steps.length ? Math.max(at, 0) : event.step;
  return { ...event, step: place };
}

/** @returns what the one who clicked was answered. */
async function act(
  w: RunbookWorld,
  id: string,
  event: RunbookEvent,
  by: number,
): Promise<string | undefined> {
  const stepId = 'step' in event ? `s${event.step}` : '';
  switch (event.kind) {
    case 'next':
      return w.next(id, stepId, event.who, by);
    case 'attest':
      return refusalOf(
        w.type(
          event.who,
          `runbook attest ${id} ${stepId}${event.hasEvidence ? ' --evidence "seen"' : ''}`,
          by,
        ),
      );
    case 'skip':
      return refusalOf(w.type(event.who, `runbook skip ${id} ${stepId} --reason "no time"`, by));
    case 'stop':
      return refusalOf(w.type(event.who, `runbook stop ${id} --reason "false alarm"`, by));
    case 'override': {
      const asked = await w.type(ada, `runbook override ${id} ${stepId} --reason "I looked by hand"`, by);
      const { state, problem } = await w.run(asked.run.id);
      if (state !== 'awaiting_approval') return problem;
      await w.decide(lin, 'approve', asked.run.id, by);
      return undefined;
    }
    case 'decide': {
      const run = (await w.runsOf(id, stepId)).findLast(
        ({ state }) => state === 'planned' || state === 'awaiting_approval',
      );
      if (run === undefined) return 'nothing waits there';
      const isSigned = run.state === 'awaiting_approval';
      if (event.how === 'cancel') return w.decide(run.requester, 'cancel_run', run.id, by);
      if (event.how === 'deny') return isSigned ? w.decide(lin, 'deny', run.id, by) : 'nobody signs it';
      return isSigned
        ? w.decide(lin, 'approve', run.id, by)
        : w.decide(run.requester, 'confirm_run', run.id, by);
    }
    case 'find':
      w.findings.set(stepId, findings[event.found]);
      return undefined;
    case 'pass':
      await w.pass(event.minutes);
      return undefined;
    case 'restart':
      w.restart();
      return undefined;
    case 'seen':
      throw new Error('Nobody does that');
  }
}

async function refusalOf(typed: ReturnType<RunbookWorld['type']>): Promise<string | undefined> {
  const { run, said } = await typed;
  return run.state === 'refused' ? said : undefined;
}

/** What was done stands in the ledger, once each; what was sent and run happened once each. */
async function judge(w: RunbookWorld, id: string, expected: Oracle): Promise<void> {
  const runs = await w.runsOf(id);
  const succeeded = runs.filter(({ state, risk }) => state === 'succeeded' && risk !== 'read');
  expect(w.target.effects).toHaveLength(succeeded.length);
  const recorded = await w.recorded(id);
  const count = (kind: string) => recorded.filter((one) => one === kind).length;
  const sent = (await w.messages()).filter((message) => message.id.includes(':message:'));
  expect(sent).toHaveLength(count('runbook.message_sent'));
  expect(count('runbook.started')).toBe(1);
  expect(count('runbook.finished')).toBe(expected.state === 'finished' ? 1 : 0);
  expect(count('runbook.stopped')).toBe(expected.state === 'stopped' ? 1 : 0);
  const words = expected.records.map(({ word }) => word);
  for (const [kind, word] of [
    ['runbook.attested', 'attested'],
    ['runbook.message_sent', 'sent'],
  ] as const) {
    expect(count(kind)).toBe(words.filter((one) => one === word).length);
  }
  expect(count('runbook.wait_ended')).toBeLessThanOrEqual(count('runbook.wait_begun'));
  const verdict = await w.verdict();
  expect(verdict.problems).toEqual([]);
}

/** `HISTORIES=2000 npx vitest run test/core/runbooks/runbook-life.property.test.ts` looks further. */
const numRuns = Number(process.env.HISTORIES ?? 40);

describe('the life of a started runbook', () => {
  it('is as the rules say, whatever two people do in two processes', {
    timeout: Math.max(120_000, numRuns * 3_000),
  }, async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(kinds, fc.array(planned, { minLength: 8, maxLength: 30 }), async (given, events) => {
        const steps = given.map(({ kind, requires }, index) => stepOf(kind, index, requires));
        const w = await runbookWorld(database.pool, [runbookOf('night', steps)], {
          templates: { told: 'Late.' },
        });
        const id = await w.start('night');
        let expected = oracle(steps);
        for (const [index, { found: first }] of given.entries()) {
          const finds = { kind: 'find', step: index, found: first } as const;
          await act(w, id, finds, 0);
          expected = afterEvent(expected, finds).oracle;
        }
        for (const { event: raw, with: rawOther, by: process } of events) {
          const event = aimed(raw, expected);
          const beside = rawOther && aimed(rawOther, expected);
          const said = await Promise.all([
            act(w, id, event, process),
            ...(beside === undefined ? [] : [act(w, id, beside, process + 1)]),
          ]);
          await w.work(process);
          const now = await w.standing(id);
          const { state } = await w.instance(id);
          const seenFirst = { kind: 'seen' } as const;
          const orders: readonly (readonly RunbookEvent[])[] =
            beside === undefined
              ? [[event]]
              : [
                  [event, beside],
                  [beside, event],
                  [event, seenFirst, beside],
                  [beside, seenFirst, event],
                ];
          const ends = orders.map((order) => {
            const verdicts = new Map<RunbookEvent, string>();
            let then = expected;
            for (const one of order) {
              const { oracle: changed, verdict } = afterEvent(then, one);
              verdicts.set(one, verdict);
              then = changed;
            }
            return { oracle: worked(then), verdicts };
          });
          const isTold = (
            one: RunbookEvent | undefined,
            answer: string | undefined,
            verdict: string | undefined,
          ) =>
            one === undefined || verdict === 'elsewhere' || (answer !== undefined) === (verdict === 'told');
          const end = ends.find(
            ({ oracle: one, verdicts }) =>
              one.state === state &&
              JSON.stringify(standingOf(one)) === JSON.stringify(now) &&
              isTold(event, said[0], verdicts.get(event)) &&
              isTold(beside, said[1], beside && verdicts.get(beside)),
          );
          const told = {
            before: standingOf(expected),
            event,
            beside,
            said,
            state,
            now,
            ends: ends.map(({ oracle: one, verdicts }) => [
              one.state,
              standingOf(one),
              [...verdicts.values()],
            ]),
          };
          expect(end, JSON.stringify(told, undefined, 1)).toBeDefined();
          expected = end!.oracle;
          for (const word of [...now.map((one) => one.split(' ').slice(1).join(' ')), state]) seen.add(word);
        }
        await judge(w, id, expected);
        expect(w.faults.filter((fault) => !/socket hung up/.test(String(fault)))).toEqual([]);
      }),
      { numRuns, endOnFailure: true },
    );
    // Histories in which little happens would show little.
    for (const word of [
      'attested',
      'green',
      'red',
      'unknown',
      'seen',
      'skipped',
      'succeeded',
      'sent',
      'waited',
      'refused',
      'cancelled',
      'finished',
      'stopped',
      'under_way',
    ]) {
      expect([...seen]).toContain(word);
    }
  });
});
