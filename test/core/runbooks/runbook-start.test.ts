import { describe, expect, it } from 'vitest';
import { execute } from '../../../src/core/execute.ts';
import type { Run } from '../../../src/core/run.ts';
import { fillMessage } from '../../../src/core/runbooks/fill-template.ts';
import { runbookServicesFor } from '../../../src/serve-runbooks.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve } from '../change/guarded-people.ts';
import { runbookWorld } from './runbook-world.ts';
import { checkStep, doStep, input, messageStep, runbookOf, runStep } from './sample-steps.ts';

const database = await testDatabase();

const outage = runbookOf(
  'outage',
  [doStep('look', { title: 'Look at {{tenant}} of {{target}}' }), doStep('last')],
  {
    inputs: {
      target: input({ from: 'target' }),
      tenant: input({ from: 'tenant' }),
      where: input({ from: 'environment', isRequired: false }),
      what: input({ from: 'title', isRequired: false }),
      queue: input({ default: 'mail' }),
      who: input({ isRequired: false }),
    },
  },
);

describe('starting a runbook', () => {
  it('posts one card where it was asked, and is on record with its owners', async () => {
    const w = await runbookWorld(database.pool, [runbookOf('night', [doStep('look'), doStep('last')])]);
    const id = await w.start('night', { who: bob });
    const cards = (await w.messages()).filter((message) => message.id.startsWith('runbook:'));
    expect(cards.map((card) => [card.id, card.place])).toEqual([
      [`runbook:${id}:card`, { kind: 'channel', channelId: 'C0OPS' }],
    ]);
    expect(await w.instance(id)).toMatchObject({ startedBy: bob, owners: ['U0GRACE'], state: 'active' });
    const started = (await w.ledger()).find(({ kind }) => kind === 'runbook.started');
    expect(started).toMatchObject({
      actor: bob,
      facts: { runbook: 'night', version: '0123456789ab', instance: id, owners: ['U0GRACE'] },
    });
  });

  it('is owned by the role it names, a group that cannot be read having nobody', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf('night', [doStep('look')], { owner: 'database' }),
    ]);
    expect((await w.instance(await w.start('night'))).owners).toEqual(['U0BOB', 'U0LIN']);
    w.setDatabaseMembers(undefined);
    expect((await w.instance(await w.start('night'))).owners).toEqual(['U0BOB']);
  });

  it('in an incident takes what that knows, and stands in its thread', async () => {
    const w = await runbookWorld(database.pool, [outage]);
    const incident = await w.declare('--target pilot --tenants globex');
    const id = await w.start('outage', { origin: incident.thread });
    const { inputs, incidentId } = await w.instance(id);
    expect(incidentId).toBe(incident.id);
    expect(inputs).toEqual({
      target: 'pilot',
      tenant: 'globex',
      where: 'production',
      what: 'Emails delayed',
      queue: 'mail',
      who: '',
    });
    const card = (await w.messages()).find((message) => message.id === `runbook:${id}:card`);
    expect(card?.place).toEqual({ kind: 'thread_of', messageId: `incident:${incident.id}:headline` });
    // What people give goes before what is known.
    const other = await w.start(`outage --input tenant=acme --incident ${incident.id}`);
    expect((await w.instance(other)).inputs).toMatchObject({ tenant: 'acme', target: 'pilot' });
  });

  it('shows titles with their inputs in all it says, and records them without', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf(
        'night',
        [doStep('look', { title: 'Look at {{who}}' }), doStep('last', { requires: ['look'] })],
        {
          inputs: { who: input() },
        },
      ),
    ]);
    const id = await w.start('night --input who=Jane');
    expect(await w.next(id, 'last')).toContain('"Look at Jane" comes first');
    expect((await w.type(ada, `runbook attest ${id} look`)).said).toBe('Attested: Look at Jane');
    expect(await w.next(id, 'look')).toMatch(/^"Look at Jane" is done already/);
    const chain = await w.rows(
      `SELECT body FROM countersign.ledger_entries WHERE workspace_id = $1 AND kind LIKE 'runbook.%'`,
    );
    expect(chain).toHaveLength(2);
    expect(JSON.stringify(chain)).not.toContain('Jane');
  });

  it.each([
    ['outage --input target=pilot --input tenant=acme --input town=Rome', /no input "town"; it has "target"/],
    ['outage --input target=pilot --input target=rms', /"target" is given twice/],
    ['outgae', /no runbook "outgae"\. Did you mean "outage"/],
    ['outage --incident i-nowhere', /no incident "i-nowhere"/],
  ])('%s is told what is wrong, and nothing starts', async (text, why) => {
    const w = await runbookWorld(database.pool, [outage]);
    const { run, said } = await w.type(ada, `runbook start ${text}`);
    expect(said).toMatch(why);
    expect(run.state).toBe('refused');
    expect(await w.rows('SELECT FROM countersign.runbook_instances WHERE workspace_id = $1')).toEqual([]);
    expect((await w.ledger()).map(({ kind }) => kind)).not.toContain('runbook.started');
  });

  it.each(['outage', 'outage --input target=pilot'])(
    '%s asks for what is missing, and nothing starts',
    async (text) => {
      const w = await runbookWorld(database.pool, [outage]);
      const { run, said } = await w.type(ada, `runbook start ${text}`);
      expect(said).toMatch(/something is missing/);
      expect(JSON.stringify(run.report)).toContain('tenant (Which one?)');
      expect(run.report?.suggestions).toHaveLength(1);
      expect(await instancesOf(w)).toEqual([]);
    },
  );

  it('is refused to people who do not respond', async () => {
    const w = await runbookWorld(database.pool, [outage]);
    const { run, said } = await w.type(eve, 'runbook start outage --input target=pilot --input tenant=acme');
    expect(run.state).toBe('refused');
    expect(said).toMatch(/responder/);
  });

  it('without a name lists what there is, with one starts it', async () => {
    const w = await runbookWorld(database.pool, [outage, runbookOf('night', [doStep('look')])]);
    expect((await w.type(ada, 'runbook')).said).toBe('2 runbooks');
    expect((await w.type(ada, 'runbook night')).said).toBe('Started: Runbook night');
    expect((await w.type(ada, 'runbook')).said).toBe('2 runbooks, 1 under way');
  });

  it('by the same run after a crash begins no second one', async () => {
    const w = await runbookWorld(database.pool, [runbookOf('night', [doStep('look')])]);
    const id = await w.start('night');
    const run = await runThatStarted(w, id);
    await killedBeforeItsEnd(w, run);
    await execute(run.id, w.processes()[1].execute);
    expect(await instancesOf(w)).toEqual([id]);
    expect((await w.ledger()).filter(({ kind }) => kind === 'runbook.started')).toHaveLength(1);
    expect((await w.run(run.id)).state).toBe('succeeded');
  });

  it('by the same run in two processes at once begins one, and neither breaks', async () => {
    const w = await runbookWorld(database.pool, [runbookOf('night', [doStep('look')])]);
    const { run } = await w.type(ada, 'runbook list');
    const asked = { name: 'night', inputs: {} };
    const services = w
      .processes()
      .map(({ runbooks }) => runbookServicesFor(run as Run, { pool: w.pool, runbooks }));
    const started = await Promise.all([...services, ...services].map((one) => one.start(asked)));
    expect(new Set(started.map(({ instance }) => instance.id)).size).toBe(1);
    expect(started.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await instancesOf(w)).toHaveLength(1);
  });
});

describe('a started runbook', () => {
  it('stays on the version and the templates it began with, whatever the files say after a restart', async () => {
    const before = runbookOf('night', [messageStep('tell'), checkStep('backend'), doStep('last')]);
    const w = await runbookWorld(database.pool, [before], { templates: { told: 'As it was: *late*.' } });
    const id = await w.start('night');
    w.restart({
      runbooks: [runbookOf('night', [doStep('other')], { version: 'ffffffffffff', title: 'Rewritten' })],
      templates: { told: 'As it is now.' },
    });
    const { runbook } = await w.instance(id);
    expect(runbook).toEqual(JSON.parse(JSON.stringify(before)));
    expect(await w.next(id, 'tell')).toBeUndefined();
    const sent = (await w.messages()).find((message) => message.id.includes(':message:'));
    expect(sent?.content).toEqual({ markdown: fillMessage('As it was: *late*.', {}) });
    await w.next(id, 'backend');
    expect(await w.standing(id)).toEqual(['tell sent', 'backend green', 'last open']);
    // Who starts it now gets what the file says now.
    const other = await w.instance(await w.start('night'));
    expect(other.runbook).toMatchObject({ version: 'ffffffffffff', title: 'Rewritten' });
  });

  it('goes on when its file is gone', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf('night', [doStep('look'), runStep('nudge', 'nudge acme')]),
    ]);
    const id = await w.start('night');
    w.restart({ runbooks: [] });
    await w.next(id, 'look');
    await w.next(id, 'nudge', ada, 1);
    expect(await w.standing(id)).toEqual(['look attested', 'nudge waits to be confirmed']);
  });

  it('ends with its last step, says who finished it, and its stale card does nothing more', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf('night', [checkStep('backend'), doStep('ask'), doStep('last')]),
    ]);
    w.findings.set('backend', { status: 'bad', headline: 'down' });
    const id = await w.start('night');
    await w.next(id, 'backend');
    await w.type(ada, `runbook skip ${id} ask --reason "nobody there"`);
    await w.next(id, 'last', bob);
    expect(await w.instance(id)).toMatchObject({ state: 'finished', endedBy: bob });
    expect(await w.recorded(id)).toEqual([
      'runbook.started',
      'run.requested',
      'run.succeeded',
      'runbook.skipped',
      'runbook.attested',
      'runbook.finished',
    ]);
    const finished = (await w.ledger()).find(({ kind }) => kind === 'runbook.finished');
    expect(finished?.facts).toMatchObject({ done: 2, of: 3 });
    // Its card has no buttons any more; an older copy of it still has.
    const before = await w.ledger();
    for (const click of [() => w.next(id, 'backend'), () => w.next(id, 'ask'), () => w.next(id, 'last')]) {
      expect(await click()).toMatch(/finished|done already/);
    }
    for (const typed of [`attest ${id} ask`, `skip ${id} backend --reason "why not"`]) {
      expect((await w.type(ada, `runbook ${typed}`)).run.state).toBe('refused');
    }
    await w.work();
    const after = (await w.ledger()).slice(before.length).map(({ kind }) => kind);
    expect(after.filter((kind) => kind.startsWith('runbook.'))).toEqual([]);
    expect(await w.runsOf(id)).toHaveLength(1);
    expect(await w.standing(id)).toEqual(['backend red', 'ask skipped', 'last attested']);
  });

  it('that ends with a command is finished by the job that sees its end', async () => {
    const w = await runbookWorld(database.pool, [runbookOf('night', [checkStep('backend')])]);
    const id = await w.start('night');
    await w.next(id, 'backend', bob);
    await w.work(1);
    expect(await w.instance(id)).toMatchObject({ state: 'finished', endedBy: bob });
    await w.work(0);
    expect((await w.recorded(id)).filter((kind) => kind === 'runbook.finished')).toHaveLength(1);
  });

  it('whose step has a value no command can take says so, once and for all', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf('night', [runStep('nudge', 'nudge acme --reason x={{tenant}}'), doStep('last')], {
        inputs: { tenant: input() },
      }),
    ]);
    // A combining mark joins onto what stands before it.
    const id = await w.start('night --input "tenant=a\u0338cme"');
    await w.rows(
      `UPDATE countersign.runbook_instances SET data = jsonb_set(data, '{inputs,tenant}', to_jsonb('' || chr(824) || 'acme'))
       WHERE workspace_id = $1`,
    );
    expect(await w.next(id, 'nudge')).toMatch(/"tenant" begins with a mark/);
    expect(await w.standing(id)).toEqual(['nudge open', 'last open']);
    expect(await w.runsOf(id)).toEqual([]);
  });
});

type World = Awaited<ReturnType<typeof runbookWorld>>;

async function instancesOf(w: World): Promise<string[]> {
  const found = await w.rows<{ id: string }>(
    'SELECT id FROM countersign.runbook_instances WHERE workspace_id = $1',
  );
  return found.map(({ id }) => id);
}

async function runThatStarted(w: World, id: string): Promise<Run> {
  const [row] = await w.rows<{ run_id: string }>(
    'SELECT run_id FROM countersign.runbook_instances WHERE workspace_id = $1 AND id = $2',
    id,
  );
  return w.run(row!.run_id);
}

/** What its command decided is committed, and that it has ended is not. */
async function killedBeforeItsEnd(w: World, { id }: Run): Promise<void> {
  await w.rows(
    `UPDATE countersign.runs SET state = 'executing', report = NULL, finished_at = NULL WHERE workspace_id = $1 AND id = $2`,
    id,
  );
}
