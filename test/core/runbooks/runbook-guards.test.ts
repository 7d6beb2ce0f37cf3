import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../src/core/runbooks/instance.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, ada2, bob, eve, lin } from '../change/guarded-people.ts';
import { dba, green, type RunbookWorld, red, runbookWorld } from './runbook-world.ts';
import { checkStep, doStep, messageStep, runbookOf, runStep, waitStep } from './sample-steps.ts';

const database = await testDatabase();
const world = (steps: Parameters<typeof runbookOf>[1]) =>
  runbookWorld(database.pool, [runbookOf('night', steps)], { templates: { told: 'It is late.' } });

const requires = ['backend'];

describe('a step that requires another', () => {
  it.each([
    ['do', doStep('guarded', { requires })],
    ['check', checkStep('guarded', { requires })],
    ['run', runStep('guarded', 'halt acme', { requires })],
    ['wait', waitStep('guarded', 30, { requires })],
    ['message', messageStep('guarded', { requires })],
  ])('(a %s) does not begin before that is green, however it is asked for', async (kind, guarded) => {
    const w = await world([checkStep('backend', { title: 'Backend answers' }), guarded, doStep('last')]);
    w.findings.set('backend', red);
    const id = await w.start('night');
    // From a card that somebody drew up: it is not even its time.
    expect(await w.next(id, 'guarded')).toMatch(/not time/);
    await w.next(id, 'backend');
    const missing = /needs "Backend answers" \(now: red\) to have come out well first.*runbook override/;
    expect(await w.next(id, 'guarded')).toMatch(missing);
    expect(await w.next(id, 'guarded', bob, 1)).toMatch(missing);
    const { run, said } = await w.type(ada, `runbook attest ${id} guarded --evidence "I looked"`);
    expect(run.state).toBe('refused');
    expect(said).toMatch(kind === 'do' ? missing : /is not something to attest/);
    await w.work();
    expect(await w.standing(id)).toEqual(['backend red', 'guarded open', 'last open']);
    expect(await w.runsOf(id, 'guarded')).toEqual([]);
    expect(w.target.effects).toEqual([]);
    expect((await w.messages()).filter((message) => message.id.includes(':message:'))).toEqual([]);
    w.findings.set('backend', green);
    await w.next(id, 'backend');
    expect(await w.next(id, 'guarded')).toBeUndefined();
    expect((await w.step(id, 'guarded')).state).not.toBe('open');
  });

  it.each<[StepOutcome, (w: RunbookWorld, id: string) => Promise<unknown>]>([
    ['red', (w, id) => w.next(id, 'backend')],
    ['unknown', (w, id) => w.next(id, 'backend')],
    ['seen', (w, id) => w.next(id, 'backend')],
    ['skipped', (w, id) => w.type(ada, `runbook skip ${id} backend --reason "no time"`)],
  ])('is not let in by %s', async (outcome, end) => {
    const w = await world([checkStep('backend'), doStep('guarded', { requires })]);
    const headline = 'so it is';
    if (outcome === 'red') w.findings.set('backend', red);
    if (outcome === 'unknown') w.findings.set('backend', { status: 'unknown', headline });
    if (outcome === 'seen') w.findings.set('backend', { status: 'info', headline });
    const id = await w.start('night');
    await end(w, id);
    expect((await w.step(id, 'backend')).outcome).toBe(outcome);
    expect(await w.next(id, 'guarded')).toContain(`(now: ${outcome})`);
    expect((await w.step(id, 'guarded')).state).toBe('open');
  });

  it('may be skipped, which lets nothing in that requires it', async () => {
    const w = await world([
      checkStep('backend'),
      doStep('guarded', { requires }),
      doStep('last', { requires: ['guarded'] }),
    ]);
    w.findings.set('backend', red);
    const id = await w.start('night');
    await w.next(id, 'backend');
    await w.type(ada, `runbook skip ${id} guarded --reason "not needed"`);
    expect(await w.next(id, 'last')).toContain('(now: skipped)');
    expect(await w.standing(id)).toEqual(['backend red', 'guarded skipped', 'last open']);
  });

  it('what was found cannot be skipped away', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    w.findings.set('backend', red);
    const id = await w.start('night');
    await w.next(id, 'backend');
    const { run, said } = await w.type(ada, `runbook skip ${id} backend --reason "it lies"`);
    expect(run.state).toBe('refused');
    expect(said).toMatch(/over already \(red\)/);
    expect(await w.standing(id)).toEqual(['backend red', 'last open']);
  });

  it('a guard of several names each that is missing', async () => {
    const w = await world([
      checkStep('backend'),
      doStep('snapshot', { title: 'Take a snapshot' }),
      doStep('guarded', { requires: ['backend', 'snapshot'] }),
    ]);
    const id = await w.start('night');
    w.findings.set('backend', red);
    await w.next(id, 'backend');
    await w.type(ada, `runbook skip ${id} snapshot --reason "no disk"`);
    expect(await w.next(id, 'guarded')).toContain(
      'needs "Step backend" (now: red) and "Take a snapshot" (now: skipped)',
    );
  });
});

describe('overriding a guard', () => {
  const guarded = async () => {
    const w = await world([
      checkStep('backend'),
      runStep('restart', 'nudge acme', { requires }),
      doStep('last'),
    ]);
    w.findings.set('backend', red);
    const id = await w.start('night');
    await w.next(id, 'backend');
    return { w, id };
  };
  const text = (id: string) => `runbook override ${id} restart --reason "the check asks the old address"`;

  it('takes a signature of somebody else, is on record with its reason, and lets the step begin', async () => {
    const { w, id } = await guarded();
    const { run } = await w.type(ada, text(id));
    expect((await w.run(run.id)).state).toBe('awaiting_approval');
    expect(await w.next(id, 'restart')).toMatch(/needs "Step backend"/);
    for (const who of [ada, ada2, eve]) {
      expect(await w.decide(who, 'approve', run.id), who).toBeDefined();
    }
    expect((await w.run(run.id)).state).toBe('awaiting_approval');
    expect(await w.next(id, 'restart')).toMatch(/needs "Step backend"/);
    expect(await w.decide(lin, 'approve', run.id)).toBeUndefined();
    await w.work();
    expect((await w.run(run.id)).state).toBe('succeeded');
    expect(await w.step(id, 'restart')).toMatchObject({ state: 'open', overriddenBy: ada });
    const entry = (await w.ledger()).find(({ kind }) => kind === 'runbook.guard_overridden');
    expect(entry).toMatchObject({ actor: ada, runId: run.id, facts: { step: 'restart', requires } });
    const [text_] = await w.rows<{ text: string }>(
      'SELECT text FROM countersign.ledger_private WHERE workspace_id = $1 AND seq = $2',
      entry!.seq,
    );
    expect(text_?.text).toBe('the check asks the old address');
    expect(await w.next(id, 'restart')).toBeUndefined();
    expect(await w.standing(id)).toEqual(['backend red', 'restart waits to be confirmed', 'last open']);
  });

  it('of a step without a guard, of one that is met, and of one already overridden is refused at plan', async () => {
    const { w, id } = await guarded();
    expect((await w.type(ada, text(id).replace('restart', 'last'))).said).toContain('it has no guard');
    w.findings.set('backend', green);
    await w.next(id, 'backend');
    const { run, said } = await w.type(ada, text(id));
    expect(run.state).toBe('refused');
    expect(said).toContain('its guard is met');
  });

  it('that was signed for less than is missing by then does nothing', async () => {
    const w = await world([
      checkStep('backend'),
      checkStep('other'),
      runStep('restart', 'nudge acme', { requires: ['backend', 'other'] }),
    ]);
    w.findings.set('backend', red);
    const id = await w.start('night');
    await w.next(id, 'backend');
    await w.next(id, 'other');
    const { run } = await w.type(ada, text(id));
    expect((await w.run(run.id)).plan?.data).toMatchObject({ requires: ['backend'] });
    // It cannot get worse by any command; somebody with a hand in the database makes it so.
    await w.rows(
      `UPDATE countersign.runbook_instances
       SET data = jsonb_set(data, '{steps,1}', (data->'steps'->1) || '{"state": "done", "outcome": "red", "runId": null}')
       WHERE workspace_id = $1`,
    );
    await w.decide(lin, 'approve', run.id);
    await w.work();
    expect((await w.run(run.id)).state).toBe('refused');
    expect((await w.step(id, 'restart')).overriddenBy).toBeUndefined();
  });
});

describe('a step for a role', () => {
  const forDatabase = () =>
    world([doStep('schema', { role: 'database', title: 'Change the schema' }), doStep('last')]);
  const why = /Only the role "database" may do "Change the schema", and you are not in it/;

  it('is refused to others by click, attest and skip, naming the role', async () => {
    const w = await forDatabase();
    const id = await w.start('night');
    expect(await w.next(id, 'schema', ada)).toMatch(why);
    for (const text of [`attest ${id} schema`, `skip ${id} schema --reason "no time"`]) {
      const { run, said } = await w.type(ada, `runbook ${text}`);
      expect(run.state).toBe('refused');
      expect(said).toMatch(why);
    }
    expect(await w.standing(id)).toEqual(['schema open', 'last open']);
    expect(await w.next(id, 'schema', dba)).toBeUndefined();
    expect(await w.step(id, 'schema')).toMatchObject({ outcome: 'attested', by: dba });
  });

  it('is refused to everybody of a group that cannot be read, and says so', async () => {
    const w = await forDatabase();
    const id = await w.start('night');
    w.setDatabaseMembers(undefined);
    expect(await w.next(id, 'schema', dba)).toMatch(/S0DBA cannot be read now, so it has no members/);
    expect(await w.standing(id)).toEqual(['schema open', 'last open']);
    // Named people need no reading.
    expect(await w.next(id, 'schema', bob)).toBeUndefined();
  });

  it('people who do not respond do nothing at all', async () => {
    const w = await world([doStep('look'), checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    expect(await w.next(id, 'look', eve)).toMatch(/responder, approver/);
    for (const text of [
      `attest ${id} look`,
      `skip ${id} look --reason "no time"`,
      `assign ${id} look --person ${ada}`,
      `stop ${id} --reason "no time"`,
    ]) {
      expect((await w.type(eve, `runbook ${text}`)).run.state, text).toBe('refused');
    }
    await w.next(id, 'look');
    expect(await w.next(id, 'backend', eve)).toMatch(/responder, approver/);
    expect(await w.runsOf(id)).toEqual([]);
    expect(await w.standing(id)).toEqual(['look attested', 'backend open', 'last open']);
    expect(await w.instance(id)).toMatchObject({ state: 'active' });
  });

  it('a command of a step asks the policy as any other', async () => {
    const w = await world([runStep('halt', 'halt acme'), doStep('last')]);
    const id = await w.start('night');
    // Lin responds to alerts, and may not run what is dangerous.
    await w.next(id, 'halt', lin);
    await w.work();
    expect(await w.standing(id)).toEqual(['halt open', 'last open']);
    const refused = (await w.runsOf(id)).map(({ state }) => state);
    expect(refused).toEqual(['refused']);
    expect(w.target.effects).toEqual([]);
  });
});
