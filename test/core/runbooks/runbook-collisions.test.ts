import { describe, expect, it } from 'vitest';
import { execute } from '../../../src/core/execute.ts';
import type { RunbookContext } from '../../../src/core/runbooks/runbook-context.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, lin } from '../change/guarded-people.ts';
import { deadHeat } from '../change/guarded-world.ts';
import { green, heldFinding, type RunbookWorld, red, runbookWorld } from './runbook-world.ts';
import { checkStep, doStep, messageStep, runbookOf, runStep, waitStep } from './sample-steps.ts';

const database = await testDatabase();
const templates = { told: 'It is late.' };
const world = (steps: Parameters<typeof runbookOf>[1], options = {}) =>
  runbookWorld(database.pool, [runbookOf('night', steps)], { templates, ...options });

/** Both have read everything before either decides. */
async function atOnce(
  steps: Parameters<typeof runbookOf>[1],
  act: (w: RunbookWorld, id: string) => Promise<unknown>[],
) {
  const heat = deadHeat(2);
  const w = await world(steps, {
    through: (store: RunbookContext['store']) => heat.through(store as never) as never,
  });
  const id = await w.start('night');
  heat.arm();
  const said = await Promise.all(act(w, id));
  await w.work();
  return { w, id, said };
}

describe('two people on one step', () => {
  it.each([
    ['do', doStep('one'), 'done already'],
    ['message', messageStep('one'), 'done already'],
    ['wait', waitStep('one', 30), 'under way already'],
  ])('(a %s) at once in two processes: one has it, the other is told who', async (kind, step, how) => {
    const { w, id, said } = await atOnce([step, doStep('last')], (world_, instance) => [
      world_.next(instance, 'one', ada, 0),
      world_.next(instance, 'one', bob, 1),
    ]);
    const { by } = await w.step(id, 'one');
    expect([ada, bob]).toContain(by);
    const [mine, other] = by === ada ? said : said.toReversed();
    expect(mine).toBeUndefined();
    expect(other).toBe(`"Step one" is ${how} by ${by}.`);
    const made = { do: 'runbook.attested', message: 'runbook.message_sent', wait: 'runbook.wait_begun' }[
      kind
    ];
    expect((await w.recorded(id)).filter((one) => one === made)).toHaveLength(1);
    const messages = (await w.messages()).filter((message) => message.id.includes(':message:'));
    expect(messages).toHaveLength(kind === 'message' ? 1 : 0);
    expect(w.faults).toEqual([]);
  });

  it.each([
    ['check', checkStep('one')],
    ['run', runStep('one', 'halt acme')],
  ])('(a %s) at once in two processes: one run, and the other is told who has it', async (_, step) => {
    const w = await world([step, doStep('last')]);
    const held = heldFinding();
    w.findings.set('one', held.finding);
    const id = await w.start('night');
    const clicks = [w.next(id, 'one', ada, 0), w.next(id, 'one', bob, 1)];
    // The other is answered while the first still looks.
    if (step.kind === 'check') {
      await held.asked;
      await Promise.race(clicks);
    }
    held.tell(green);
    const said = await Promise.all(clicks);
    expect(await w.runsOf(id)).toHaveLength(1);
    const [run] = await w.runsOf(id);
    const [mine, other] = run!.requester === ada ? said : said.toReversed();
    expect(mine).toBeUndefined();
    expect(other).toBe(`"Step one" is under way already by ${run!.requester}.`);
    await w.work();
    expect(
      (await w.ledger()).filter(({ kind }) => kind === 'run.requested').map(({ runId }) => runId),
    ).toContain(run!.id);
  });

  it('ten clicks of five people in two processes make one run', async () => {
    const w = await world([runStep('one', 'nudge acme'), doStep('last')]);
    const id = await w.start('night');
    const said = await Promise.all(
      Array.from({ length: 10 }, (_, index) => w.next(id, 'one', index % 2 === 0 ? ada : bob, index)),
    );
    expect(await w.runsOf(id)).toHaveLength(1);
    expect(said.filter((one) => one === undefined)).toHaveLength(1);
    expect(w.faults).toEqual([]);
  });

  it('the same click delivered twice does one thing and says one', async () => {
    const w = await world([doStep('one'), runStep('two', 'nudge acme')]);
    const id = await w.start('night');
    await Promise.all([w.next(id, 'one', ada, 0, 'click-1'), w.next(id, 'one', ada, 1, 'click-1')]);
    expect(await w.answer('click-1')).toBeUndefined();
    expect(await w.standing(id)).toEqual(['one attested', 'two open']);
    await Promise.all([w.next(id, 'two', ada, 0, 'click-2'), w.next(id, 'two', ada, 1, 'click-2')]);
    expect(await w.answer('click-2')).toBeUndefined();
    expect(await w.runsOf(id)).toHaveLength(1);
  });

  it('one skips while the other attests: what was attested holds, whoever was first', async () => {
    const { w, id } = await atOnce([doStep('one'), doStep('last')], (world_, instance) => [
      world_.next(instance, 'one', ada, 0),
      world_.type(bob, `runbook skip ${instance} one --reason "no time"`, 1),
    ]);
    // What was skipped can still be done; what is done cannot be skipped.
    const kinds = (await w.recorded(id)).slice(1);
    expect([['runbook.attested'], ['runbook.skipped', 'runbook.attested']]).toContainEqual(kinds);
    expect(await w.step(id, 'one')).toMatchObject({ outcome: 'attested', by: ada });
    expect(await w.standing(id)).toEqual(['one attested', 'last open']);
  });
});

describe('somebody who comes while a step is under way', () => {
  it('cannot skip what is being looked at or done, and is told who has it', async () => {
    const w = await world([checkStep('one'), runStep('two', 'halt acme'), doStep('last')]);
    const held = heldFinding();
    w.findings.set('one', held.finding);
    const id = await w.start('night');
    const looking = w.next(id, 'one');
    await held.asked;
    const during = await w.type(bob, `runbook skip ${id} one --reason "too slow"`, 1);
    expect(during.run.state).toBe('refused');
    expect(during.said).toMatch(/under way already by U0ADA/);
    held.tell(green);
    await looking;
    await w.next(id, 'two');
    const { said } = await w.type(bob, `runbook skip ${id} two --reason "too slow"`, 1);
    expect(said).toMatch(/under way already by U0ADA/);
    expect(await w.standing(id)).toEqual(['one green', 'two waits for signatures', 'last open']);
  });

  it('stops the runbook: what waits for signatures goes on by itself, and its end changes nothing', async () => {
    const w = await world([runStep('one', 'halt acme'), doStep('last')]);
    const id = await w.start('night');
    await w.next(id, 'one');
    const { run } = await w.type(bob, `runbook stop ${id} --reason "another team has it"`, 1);
    const [halt] = await w.runsOf(id);
    expect(JSON.stringify(run.report)).toContain(`What it began goes on by itself: ${halt!.id}`);
    await w.decide(lin, 'approve', halt!.id);
    await w.work();
    expect(w.target.effects).toHaveLength(1);
    expect(await w.instance(id)).toMatchObject({ state: 'stopped', endedBy: bob });
    expect(await w.standing(id)).toEqual(['one succeeded', 'last open']);
    expect(await w.next(id, 'last')).toMatch(/was stopped by U0BOB.*Start it again/);
    expect(await w.recorded(id)).not.toContain('runbook.finished');
    const again = await w.type(ada, `runbook stop ${id} --reason "me too"`);
    expect(again.said).toMatch(/stopped already/);
  });

  it('is told of a stale card what became of the step', async () => {
    const w = await world([doStep('one'), doStep('last')]);
    const id = await w.start('night');
    await w.next(id, 'one', bob);
    expect(await w.next(id, 'one', ada, 1)).toBe('"Step one" is done already by U0BOB.');
    expect(await w.next('b-nowhere', 'one')).toMatch(/no started runbook "b-nowhere"/);
    expect(await w.next(id, 'nothing')).toMatch(/no step "nothing"/);
  });
});

describe('a command run again after its process died', () => {
  it.each([
    ['attest', (id: string) => `runbook attest ${id} one --evidence "seen"`, 'runbook.attested'],
    ['skip', (id: string) => `runbook skip ${id} one --reason "no time"`, 'runbook.skipped'],
    ['assign', (id: string) => `runbook assign ${id} one --person ${bob}`, 'runbook.assigned'],
    ['stop', (id: string) => `runbook stop ${id} --reason "no time"`, 'runbook.stopped'],
  ])('(%s) decides nothing twice and is not refused', async (_, text, kind) => {
    const w = await world([doStep('one'), doStep('last')]);
    const id = await w.start('night');
    const { run } = await w.type(ada, text(id));
    const messages = (await w.messages()).map((message) => message.id);
    await w.rows(
      `UPDATE countersign.runs SET state = 'executing', report = NULL, finished_at = NULL WHERE workspace_id = $1 AND id = $2`,
      run.id,
    );
    await execute(run.id, w.processes()[1].execute);
    expect((await w.run(run.id)).state).toBe('succeeded');
    expect((await w.recorded(id)).filter((one) => one === kind)).toHaveLength(1);
    expect((await w.messages()).map((message) => message.id)).toEqual(messages);
  });
});

describe('assigning a step', () => {
  it('tells the person once, never the one who did it, and lets others do it all the same', async () => {
    const w = await world([doStep('one'), doStep('last')]);
    const id = await w.start('night');
    await w.type(ada, `runbook assign ${id} one --person ${bob}`);
    await w.type(ada, `runbook assign ${id} last --person ${ada}`);
    const told = (await w.messages()).filter((message) => message.id.includes(':assigned:'));
    expect(told.map(({ place }) => place)).toEqual([{ kind: 'dm', userId: bob }]);
    expect(await w.step(id, 'one')).toMatchObject({ assignee: bob });
    expect(await w.next(id, 'one', ada)).toBeUndefined();
    const late = await w.type(ada, `runbook assign ${id} one --person ${bob}`);
    expect(late.run.state).toBe('refused');
    await w.next(id, 'last');
    expect((await w.type(ada, `runbook assign ${id} last --person ${bob}`)).run.state).toBe('refused');
    expect((await w.messages()).filter((message) => message.id.includes(':assigned:'))).toHaveLength(1);
  });
});

describe('what an incident has of its runbooks', () => {
  it('is one card, and a timeline with every step', async () => {
    const w = await world([
      doStep('look'),
      checkStep('backend'),
      runStep('halt', 'halt acme', { requires: ['backend'] }),
      waitStep('soak', 30),
      messageStep('tell', { to: 'ops' }),
      doStep('skipped'),
    ]);
    const incident = await w.declare();
    const id = await w.start('night', { origin: incident.thread });
    const before = new Set(Object.keys(await w.wanted()));
    await w.next(id, 'look');
    w.findings.set('backend', red);
    await w.next(id, 'backend');
    const override = await w.type(
      ada,
      `runbook override ${id} halt --reason "the check asks the old address"`,
      0,
      incident.thread,
    );
    await w.decide(lin, 'approve', override.run.id);
    await w.work();
    await w.next(id, 'halt');
    const [halt] = await w.runsOf(id, 'halt');
    await w.decide(lin, 'approve', halt!.id);
    await w.work();
    await w.next(id, 'soak');
    await w.pass(31);
    await w.work();
    await w.next(id, 'tell', bob);
    await w.type(ada, `runbook skip ${id} skipped --reason "not needed"`);
    await w.work();
    expect((await w.instance(id)).state).toBe('finished');
    const timeline = (await w.timeline(incident.id)).map(({ kind }) => kind);
    for (const kind of [
      'runbook.started',
      'runbook.attested',
      'runbook.guard_overridden',
      'run.succeeded',
      'approval.granted',
      'runbook.wait_begun',
      'runbook.wait_ended',
      'runbook.message_sent',
      'runbook.skipped',
      'runbook.finished',
    ]) {
      expect(timeline).toContain(kind);
    }
    const ofIt = await w.rows<{ kind: string; incident_id: string | null }>(
      `SELECT kind, incident_id FROM countersign.ledger_entries
       WHERE workspace_id = $1 AND (kind LIKE 'runbook.%' OR run_id = ANY ($2::text[]))`,
      (await w.runsOf(id)).map((run) => run.id),
    );
    expect(ofIt.filter(({ incident_id }) => incident_id !== incident.id)).toEqual([]);
    const posted = Object.keys(await w.wanted()).filter(
      (one) => !before.has(one) && !/:(ask|told|answer)\b/.test(one),
    );
    expect(posted.filter((one) => one === `runbook:${id}:card`)).toEqual([]);
    // The two commands have their cards, the message is one, and whoever waited is told; nothing else.
    expect(posted.map((one) => one.replace(/:\d{9,}$/, '')).sort()).toEqual(
      [
        `run:${halt!.id}:card`,
        `run:${override.run.id}:card`,
        `runbook:${id}:message:tell`,
        `runbook:${id}:waited:soak`,
      ].sort(),
    );
    expect((await w.verdict()).problems).toEqual([]);
  });

  it('can still be done when the incident is resolved', async () => {
    const w = await world([doStep('one'), doStep('last')]);
    const incident = await w.declare();
    const id = await w.start('night', { origin: incident.thread });
    await w.type(ada, `incident resolve ${incident.id} --fix "restarted it"`);
    expect(await w.next(id, 'one')).toBeUndefined();
    expect(await w.standing(id)).toEqual(['one attested', 'last open']);
  });
});
