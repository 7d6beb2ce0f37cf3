import { describe, expect, it } from 'vitest';
import type { DecisionAction } from '../../../src/core/inbox.ts';
import { isSettled, type Run } from '../../../src/core/run.ts';
import { testDatabase } from '../../support/database.ts';
import fc from '../../support/properties.ts';
import { rule } from '../policy/policy-fixture.ts';
import { type Event, type GuardedHistory, guardedHistory } from './guarded-history.ts';
import { personOf, rulingOn } from './guarded-oracle.ts';
import {
  ada,
  ada2,
  bob,
  breakGlass,
  eve,
  everyone,
  grace,
  lin,
  root,
  rules,
  settings,
} from './guarded-people.ts';
import type { Meeting } from './guarded-target.ts';
import type { Entry } from './guarded-workspace.ts';
import { illegality } from './legal-life.ts';

const database = await testDatabase();

const usual = settings();
const policies = [
  usual,
  settings({ policy: rules({ approvals: 2 }) }),
  // No rule for dangerous commands is left.
  settings({ policy: rules().slice(0, 2) }),
  settings({
    policy: [
      rule({ command: ['halt'], when: 'data.before == "active"', approve: ['approver'], approvals: 2 }),
      ...rules(),
    ],
  }),
  settings({ roles: { ...usual.roles, approver: { users: [ada2, bob], usergroups: ['S0SIGNERS'] } } }),
  settings({ policy: [rule({ risk: ['change'], approve: ['approver'], approvals: 1 }), ...rules()] }),
  settings({ policy: rules({ limit: { count: 1, perMinutes: 60 } }) }),
  settings({ policy: rules({ breakGlass: { ...breakGlass, run: ['nobody'] } }) }),
  settings({
    roles: { ...usual.roles, signer: { users: [lin, grace], usergroups: [] } },
    policy: rules({ approve: ['signer'] }),
  }),
  settings({ roles: { ...usual.roles, responder: { users: [bob], usergroups: [] } } }),
];

const who = fc.constantFrom(...everyone);
const mostly = <Value>(often: readonly Value[], seldom: readonly Value[]) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...often) },
    { weight: 1, arbitrary: fc.constantFrom(...seldom) },
  );
const runner = mostly([ada, bob], [ada2, eve, root]);
const signer = mostly([grace, lin, grace, lin, bob, ada2], [ada, root, eve]);
const tenant = fc.constantFrom('acme', 'acme', 'globex');
const by = fc.nat(3);
const which = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const of = <Kind extends Event['kind']>(
  kind: Kind,
  fields: {
    [Name in Exclude<keyof Extract<Event, { kind: Kind }>, 'kind'>]: fc.Arbitrary<
      Extract<Event, { kind: Kind }>[Name]
    >;
  },
): fc.Arbitrary<Event> => fc.record({ kind: fc.constant(kind), ...fields } as never) as fc.Arbitrary<Event>;

const action = fc.constantFrom<DecisionAction[]>(
  ...(['approve', 'approve', 'approve', 'approve', 'deny', 'cancel_run', 'cancel_run'] as const),
  ...(['break_glass', 'happened', 'did_not_happen', 'look_again', 'reviewed'] as const),
);
const clicking = { who: signer, which, isStale: mostly([false], [true]), by };
const click = of('click', { ...clicking, action });
const answer = of('answer', {
  which: fc.constant(0),
  meeting: fc.constantFrom<Meeting[]>('answer', 'answer', 'answer', 'refusal', 'lost_before', 'lost_after'),
});
const confirm = of('click', {
  who: runner,
  action: fc.constant('confirm_run'),
  which,
  isStale: fc.constant(false),
  by,
});
const ask = of('ask', {
  who: runner,
  command: fc.constantFrom('switch', 'switch', 'switch', 'halt', 'nudge', 'resend'),
  tenant,
  how: fc.constantFrom('typed', 'typed', 'typed', 'form', 'plan'),
  by,
});

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 10, arbitrary: click },
  { weight: 4, arbitrary: confirm },
  { weight: 8, arbitrary: of('wait', {}) },
  { weight: 6, arbitrary: of('work', { by }) },
  { weight: 6, arbitrary: answer },
  { weight: 1, arbitrary: of('undo', { who, which, by }) },
  { weight: 2, arbitrary: of('again', { which: fc.nat(20), by }) },
  {
    weight: 4,
    arbitrary: of('kill', { by, after: fc.nat(30), effect: fc.constantFrom('made', 'not_made') }),
  },
  { weight: 1, arbitrary: of('restart', { by, isNewer: fc.boolean() }) },
  { weight: 1, arbitrary: of('absent', { by }) },
  { weight: 3, arbitrary: of('take_over', { by }) },
  { weight: 1, arbitrary: of('expire', { which, by }) },
  { weight: 1, arbitrary: of('remind', { which, by }) },
  { weight: 2, arbitrary: of('decree', { policy: fc.nat(policies.length - 1), by }) },
  { weight: 1, arbitrary: of('reload', { by }) },
  { weight: 1, arbitrary: of('deactivate', { who: fc.constantFrom(lin, grace, ada) }) },
  { weight: 1, arbitrary: of('group', { who: fc.constantFrom(grace, eve) }) },
  { weight: 2, arbitrary: of('fail', { tenant, ids: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: of('lockdown', { who: fc.constantFrom(lin, root, eve), by }) },
  { weight: 2, arbitrary: of('lift', { who: fc.constantFrom(lin, root, grace), by }) },
);

/** What people do most: ask, confirm, sign, let it run; now and then with something in between. */
const between = fc.option(anyEvent, { nil: { kind: 'wait' } as Event, freq: 3 });
const usually: fc.Arbitrary<Event[]> = fc
  .record({
    ask,
    confirm,
    signatures: fc.array(of('click', { ...clicking, action: fc.constant('approve') }), {
      minLength: 1,
      maxLength: 3,
    }),
    work: of('work', { by }),
    answers: fc.array(answer, { maxLength: 3 }),
    others: fc.tuple(between, between, between, between),
  })
  .map(({ ask: asked, confirm: confirmed, signatures, work, answers, others }) => [
    ...(asked.kind === 'ask' && asked.command === 'resend'
      ? [{ kind: 'fail', tenant: asked.tenant, ids: 4 } as const]
      : []),
    asked,
    { kind: 'wait' },
    { ...confirmed, who: 'who' in asked ? asked.who : ada, which: 0 } as Event,
    others[0],
    ...signatures,
    { kind: 'wait' },
    others[1],
    work,
    { kind: 'wait' },
    others[2],
    ...answers,
    { kind: 'wait' },
    others[3],
  ]);

const anyHistory = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: anyEvent.map((one) => [one]) }, { weight: 2, arbitrary: usually }),
    {
      minLength: 3,
      maxLength: 14,
    },
  )
  .map((parts) => parts.flat());

/** What a click that took effect leaves in the ledger. */
const effectOf: Readonly<Record<string, readonly string[]>> = {
  approve: ['approval.granted'],
  deny: ['approval.denied'],
  break_glass: ['glass.broken'],
  cancel_run: ['run.cancelled', 'run.cancel_requested'],
  happened: ['run.settled'],
  did_not_happen: ['run.settled'],
  look_again: ['run.looked_again'],
  reviewed: ['glass.reviewed'],
};

async function judge(history: GuardedHistory): Promise<void> {
  const runs = await history.runs();
  const ledger = await history.ledger();
  expect(history.problems).toEqual([]);
  expect([...history.began.values()].filter((problem) => problem !== undefined)).toEqual([]);
  for (const run of runs) {
    const entries = ledger.filter(({ runId }) => runId === run.id);
    const why = illegality(entries, run.state);
    expect(
      why === undefined ? why : `${run.id}: ${why}; ${entries.map(({ kind }) => kind).join(', ')}`,
    ).toBeUndefined();
    expect(entries.filter(({ kind }) => kind === 'run.started').length).toBe(
      history.began.has(run.id) ? 1 : 0,
    );
    const signers = entries.filter(({ kind }) => kind === 'approval.granted').map(({ actor }) => actor);
    for (const one of signers) expect(personOf(one, usual)).not.toBe(personOf(run.requester, usual));
    expect((await history.approvals(run.id)).length).toBe(
      new Set(
        entries
          .filter(({ kind }) => ['approval.granted', 'approval.denied', 'glass.broken'].includes(kind))
          .map(({ actor }) => actor),
      ).size,
    );
  }
  await judgeEffects(history);
  judgeLocks(runs, ledger);
  await judgeClicks(history, ledger);
  const verdict = await history.verdict();
  expect(verdict.problems).toEqual([]);
  expect(verdict.outcome).toBe('sound');
}

/** Each effect belongs to a step of a run that had begun, was signed to the letter, and happened once. */
async function judgeEffects(history: GuardedHistory): Promise<void> {
  const steps = await history.rows<{
    run_id: string;
    name: string;
    idempotency_key: string;
    is_seen: boolean;
  }>(
    `SELECT run_id, name, idempotency_key, state = 'succeeded' AND problem IS NULL AS is_seen
     FROM countersign.steps WHERE workspace_id = $1`,
  );
  const byKey = new Map(steps.map((step) => [step.idempotency_key, step]));
  expect(byKey.size).toBe(steps.length);
  const made = new Set<string>();
  for (const { idempotencyKey, path } of history.target.effects) {
    const step = byKey.get(idempotencyKey);
    expect(step, `${path} happened outside any step`).toBeDefined();
    expect(made.has(idempotencyKey), `${path} of ${step!.run_id} happened twice`).toBe(false);
    made.add(idempotencyKey);
    expect(history.began.has(step!.run_id)).toBe(true);
    const { plan } = await history.run(step!.run_id);
    const signed = plan?.effects.find((effect) => effect.step === step!.name);
    expect(signed?.call.path).toBe(path);
  }
  // What a person said of an outcome nobody saw may be wrong.
  for (const { idempotency_key, is_seen, name } of steps) {
    if (is_seen && name !== 'status') expect(made.has(idempotency_key)).toBe(true);
  }
}

/** From its start to its end, or until somebody settled it, no other run of the same lock begins. */
function judgeLocks(runs: readonly Run[], ledger: readonly Entry[]): void {
  const locks = new Map(runs.map(({ id, lockKey }) => [id, lockKey]));
  const holders = new Map<string, string>();
  const ends = new Set(['run.succeeded', 'run.failed', 'run.cancelled', 'run.settled']);
  for (const { kind, runId } of ledger) {
    const lock = runId === undefined ? undefined : locks.get(runId);
    if (lock === undefined || runId === undefined) continue;
    if (kind === 'run.started') {
      expect(holders.get(lock), `${runId} began while another had ${lock}`).toBeUndefined();
      holders.set(lock, runId);
    } else if (ends.has(kind) && holders.get(lock) === runId) holders.delete(lock);
  }
}

/** Every click was either answered or took effect, and what took effect stands in the ledger as often. */
async function judgeClicks(history: GuardedHistory, ledger: readonly Entry[]): Promise<void> {
  const clicks = await history.rows<{
    key: string;
    action: string;
    who: string;
    run: string;
    is_handled: boolean;
  }>(
    `SELECT key, request->>'action' AS action, request->>'requester' AS who, request->>'runId' AS run,
       handled_at IS NOT NULL AS is_handled
     FROM countersign.inbox WHERE workspace_id = $1 AND kind = 'decision'`,
  );
  const effective: string[] = [];
  const refused: string[] = [];
  for (const { key, action, who: person, run, is_handled } of clicks) {
    expect(is_handled).toBe(true);
    const isAnswered = (await history.answer(key)) !== undefined;
    if (action === 'confirm_run') continue;
    if (!isAnswered) effective.push(`${person} ${run} ${effectOf[action]!.at(-1)}`);
    if (isAnswered && (action === 'approve' || action === 'deny')) refused.push(`${person} ${run}`);
  }
  const recorded = ledger.flatMap(({ kind, actor, runId, facts }) => {
    // A run's own end, and what a lockdown cancels, are nobody's clicks.
    if (kind === 'run.cancelled' && (facts.steps !== undefined || facts.problem === 'lockdown')) return [];
    const [name] = Object.entries(effectOf).find(([, kinds]) => kinds.includes(kind)) ?? [];
    return name === undefined ? [] : [`${actor} ${runId} ${effectOf[name]!.at(-1)}`];
  });
  expect(recorded.sort()).toEqual(effective.sort());
  const noted = ledger
    .filter(({ kind }) => kind === 'approval.refused')
    .map(({ actor, runId }) => `${actor} ${runId}`);
  for (const one of refused) {
    const at = noted.indexOf(one);
    expect(at, `${one} was refused without a record`).toBeGreaterThanOrEqual(0);
    noted.splice(at, 1);
  }
}

/** At rest nothing waits for a process: what is left waits for people, or for a lock that is held. */
async function judgeRest(history: GuardedHistory, events: readonly Event[]): Promise<void> {
  const runs = await history.runs();
  const holders = new Set(runs.filter(({ state }) => state === 'unknown').map(({ lockKey }) => lockKey));
  const isSteady = !events.some(({ kind }) => kind === 'decree' || kind === 'deactivate' || kind === 'group');
  for (const run of runs) {
    if (run.state === 'approved' && !holders.has(run.lockKey)) {
      const told = (await history.ledger()).map(({ kind, runId }) => `${runId ?? ''} ${kind}`);
      throw new Error(`${run.id} of ${run.lockKey} is stuck: ${told.join('; ')}`);
    }
    if (run.state !== 'awaiting_approval' || !isSteady) continue;
    const ruling = rulingOn(run, await history.approvals(run.id), history.eras.at(-1)!);
    expect(ruling!.signers.length, `${run.id} waits though enough have signed`).toBeLessThan(ruling!.needed);
  }
}

/** `HISTORIES=2000 npx vitest run test/core/guarded-life.property.test.ts` looks further. */
const numRuns = Number(process.env.HISTORIES ?? 30);

describe('the life of a guarded run', () => {
  it('is legal, signed, recorded and made once, whatever people, processes and policies do meanwhile', {
    timeout: Math.max(120_000, numRuns * 3_000),
  }, async () => {
    let started = 0;
    await fc.assert(
      fc.asyncProperty(anyHistory, async (events) => {
        const history = await guardedHistory(database.pool, policies);
        try {
          for (const event of events) await history.happen(event);
          await history.comeToRest();
          await judgeRest(history, events);
          await history.settleUnknown();
          await judgeRest(history, events);
          await history.outliveAll();
          const left = (await history.runs()).filter(({ state }) => !isSettled(state));
          expect(left.map(({ id, state }) => `${id} ${state}`)).toEqual([]);
          await judge(history);
          started += history.began.size;
        } finally {
          await history.leave();
        }
      }),
      { numRuns, endOnFailure: true },
    );
    // Histories in which nothing ever runs would show nothing.
    expect(started).toBeGreaterThan(numRuns / 4);
  });
});
