import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, grace, lin } from '../change/guarded-people.ts';
import { green, heldFinding, red, runbookWorld } from './runbook-world.ts';
import { checkStep, doStep, messageStep, runbookOf, runStep, waitStep } from './sample-steps.ts';

const database = await testDatabase();
const world = (steps: Parameters<typeof runbookOf>[1], options = {}) =>
  runbookWorld(database.pool, [runbookOf('night', steps)], options);

describe('a thing that people do', () => {
  it('is attested with one click, and with evidence by command', async () => {
    const w = await world([doStep('look'), doStep('ask'), doStep('last')]);
    const id = await w.start('night');
    expect(await w.next(id, 'look', bob)).toBeUndefined();
    const { said } = await w.type(ada, `runbook attest ${id} ask --evidence "seen at the provider's page"`);
    expect(said).toBe('Attested: Step ask');
    expect(await w.standing(id)).toEqual(['look attested', 'ask attested', 'last open']);
    expect(await w.step(id, 'look')).toMatchObject({ by: bob });
    expect((await w.step(id, 'look')).note).toBeUndefined();
    expect(await w.step(id, 'ask')).toMatchObject({ by: ada, note: "seen at the provider's page" });
    expect(w.faults).toEqual([]);
  });

  it('that needs evidence is not done by a click alone', async () => {
    const w = await world([doStep('look', { evidence: 'required' })]);
    const id = await w.start('night');
    expect(await w.next(id, 'look')).toContain('needs evidence');
    expect((await w.type(ada, `runbook attest ${id} look`)).said).toContain('needs evidence');
    expect(await w.standing(id)).toEqual(['look open']);
    await w.type(ada, `runbook attest ${id} look --evidence "ticket 42"`);
    expect(await w.standing(id)).toEqual(['look attested']);
  });

  it('keeps its evidence out of the chain, beside it', async () => {
    const w = await world([doStep('look'), doStep('last')]);
    const id = await w.start('night');
    await w.type(ada, `runbook attest ${id} look --evidence "the secret of the drawer"`);
    const chain = await w.rows<{ body: string }>(
      'SELECT body FROM countersign.ledger_entries WHERE workspace_id = $1',
    );
    expect(JSON.stringify(chain)).not.toContain('drawer');
    const beside = await w.rows('SELECT * FROM countersign.ledger_private WHERE workspace_id = $1');
    expect(JSON.stringify(beside)).toContain('drawer');
  });

  it('is nothing else: a check cannot be attested', async () => {
    const w = await world([checkStep('backend')]);
    const id = await w.start('night');
    expect((await w.type(ada, `runbook attest ${id} backend`)).said).toContain('is not something to attest');
    expect(await w.standing(id)).toEqual(['backend open']);
  });
});

describe('a check', () => {
  it.each([
    ['green', green, 'green'],
    ['a warning', { status: 'warning', headline: 'slow' } as const, 'green'],
    ['red', red, 'red'],
    ['one that only shows', { status: 'info', headline: '3 queues' } as const, 'seen'],
    ['one that does not know', { status: 'unknown', headline: 'no answer' } as const, 'unknown'],
  ])('that finds %s is done with what it found', async (_, finding, outcome) => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    w.findings.set('backend', finding);
    expect(await w.next(id, 'backend')).toBeUndefined();
    expect(await w.standing(id)).toEqual([`backend ${outcome}`, 'last open']);
    const { finding: kept, by } = await w.step(id, 'backend');
    expect(kept[0]).toBe(finding.headline);
    expect(by).toBe(ada);
  });

  it('that cannot be looked at is unknown, never green', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    w.findings.set('backend', () => {
      throw new Error('the socket hung up');
    });
    await w.next(id, 'backend');
    expect(await w.standing(id)).toEqual(['backend unknown', 'last open']);
    expect((await w.step(id, 'backend')).finding.length).toBeGreaterThan(0);
  });

  it('that is refused is open again, and says why', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    w.findings.set('backend', () => {
      throw new Refusal('no_such_service', 'There is no service "backend" here');
    });
    await w.next(id, 'backend');
    expect(await w.standing(id)).toEqual(['backend refused', 'last open']);
    expect(await w.step(id, 'backend')).toMatchObject({
      state: 'open',
      finding: ['There is no service "backend" here'],
    });
    // The one who asked is told, and nobody else.
    const [run] = await w.runsOf(id);
    const told = (await w.messages()).filter((message) => message.id.startsWith(`run:${run!.id}:`));
    expect(told.map(({ place }) => [place.kind, place.userId])).toEqual([['ephemeral', ada]]);
    w.findings.set('backend', green);
    await w.next(id, 'backend', bob);
    expect(await w.standing(id)).toEqual(['backend green', 'last open']);
  });

  it('posts nothing: what it found stands on the card of the runbook', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    const before = await w.wanted();
    w.findings.set('backend', red);
    await w.next(id, 'backend');
    await w.work();
    const after = await w.wanted();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after[`runbook:${id}:card`]).toBeGreaterThan(before[`runbook:${id}:card`]!);
  });

  it('that was red can be looked at again, and is what it was found last', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    w.findings.set('backend', red);
    await w.next(id, 'backend');
    w.findings.set('backend', green);
    expect(await w.next(id, 'backend', bob)).toBeUndefined();
    expect(await w.step(id, 'backend')).toMatchObject({ outcome: 'green', by: bob });
    // Green is over: there is nothing to look at again.
    expect(await w.next(id, 'backend')).toMatch(/done already by U0BOB/);
    expect(await w.runsOf(id, 'backend')).toHaveLength(2);
  });

  it('is under way while somebody looks, and shows who', async () => {
    const w = await world([checkStep('backend'), doStep('last')]);
    const id = await w.start('night');
    const held = heldFinding();
    w.findings.set('backend', held.finding);
    const looking = w.next(id, 'backend');
    await held.asked;
    expect(await w.step(id, 'backend')).toMatchObject({ state: 'under_way', by: ada, runState: 'runs' });
    held.tell(green);
    await looking;
    expect(await w.standing(id)).toEqual(['backend green', 'last open']);
  });
});

describe('a command', () => {
  it('is previewed, confirmed and done', async () => {
    const w = await world([runStep('nudge', 'nudge acme'), doStep('last')]);
    const id = await w.start('night');
    await w.next(id, 'nudge');
    expect(await w.standing(id)).toEqual(['nudge waits to be confirmed', 'last open']);
    expect(w.target.effects).toEqual([]);
    const [run] = await w.runsOf(id);
    await w.decide(ada, 'confirm_run', run!.id);
    await w.work(1);
    expect(w.target.effects).toHaveLength(1);
    expect(await w.standing(id)).toEqual(['nudge succeeded', 'last open']);
    expect((await w.step(id, 'nudge')).finding).toEqual(['nudged']);
  });

  it('of an incident is signed in its thread, shown in the channel as well', async () => {
    const w = await world([runStep('halt', 'halt acme'), doStep('last')]);
    const incident = await w.declare();
    const id = await w.start(`night --incident ${incident.id}`);
    await w.next(id, 'halt');
    expect(await w.standing(id)).toEqual(['halt waits for signatures', 'last open']);
    const [run] = await w.runsOf(id);
    expect(run).toMatchObject({ incidentId: incident.id });
    const cards = (await w.messages()).filter((message) =>
      [`run:${run!.id}:card`, `run:${run!.id}:approval`].includes(message.id),
    );
    expect(cards.map(({ place }) => place)).toEqual([
      { kind: 'thread_of', messageId: `incident:${incident.id}:headline`, isBroadcast: true },
    ]);
    expect(await w.decide(ada, 'approve', run!.id)).toMatch(/another person must sign/);
    expect(await w.decide(lin, 'approve', run!.id)).toBeUndefined();
    await w.work();
    expect(await w.standing(id)).toEqual(['halt succeeded', 'last open']);
    expect(w.target.effects).toHaveLength(1);
  });

  it.each([
    ['denied', async (w: Awaited<ReturnType<typeof world>>, run: string) => w.decide(lin, 'deny', run)],
    [
      'cancelled',
      async (w: Awaited<ReturnType<typeof world>>, run: string) => w.decide(ada, 'cancel_run', run),
    ],
    [
      'expired',
      async (w: Awaited<ReturnType<typeof world>>, run: string) => {
        await w.outlive(run);
        await w.hurry(run);
        await w.work();
      },
    ],
  ])('that is %s is open again, and can be asked anew', async (state, end) => {
    const w = await world([runStep('halt', 'halt acme'), doStep('last')]);
    const id = await w.start('night');
    await w.next(id, 'halt');
    const [run] = await w.runsOf(id);
    await end(w, run!.id);
    await w.work();
    expect((await w.run(run!.id)).state).toBe(state);
    expect(await w.standing(id)).toEqual([`halt ${state}`, 'last open']);
    expect(await w.step(id, 'halt')).toMatchObject({ state: 'open' });
    await w.next(id, 'halt', bob);
    expect(await w.standing(id)).toEqual(['halt waits for signatures', 'last open']);
    expect(await w.runsOf(id, 'halt')).toHaveLength(2);
    expect(w.target.effects).toEqual([]);
  });

  it('that failed is open again, with what the target said', async () => {
    const w = await world([runStep('nudge', 'nudge acme'), doStep('last')], { meet: () => 'refusal' });
    const id = await w.start('night');
    await w.next(id, 'nudge');
    const [run] = await w.runsOf(id);
    await w.decide(ada, 'confirm_run', run!.id);
    await w.work();
    expect(await w.standing(id)).toEqual(['nudge failed', 'last open']);
    expect(String((await w.step(id, 'nudge')).finding)).toContain('409');
  });

  it('whose outcome nobody knows is under way until somebody settles it', async () => {
    const w = await world([runStep('halt', 'halt acme'), doStep('last')], { meet: () => 'lost_after' });
    const id = await w.start('night');
    await w.next(id, 'halt');
    const [run] = await w.runsOf(id);
    await w.decide(lin, 'approve', run!.id);
    await w.work();
    expect(await w.standing(id)).toEqual(['halt outcome unknown: settle it on its card', 'last open']);
    expect(await w.next(id, 'halt', bob)).toMatch(/under way already by U0ADA/);
    await w.decide(grace, 'happened', run!.id);
    await w.work();
    expect(await w.standing(id)).toEqual(['halt succeeded', 'last open']);
    expect(w.target.effects).toHaveLength(1);
  });

  it('that cannot be planned is open again, and says why', async () => {
    const w = await world([runStep('nudge', 'nudge nobody'), doStep('last')]);
    const id = await w.start('night');
    await w.next(id, 'nudge');
    await w.work();
    expect(await w.step(id, 'nudge')).toMatchObject({ state: 'open', runState: 'refused' });
    expect(String((await w.step(id, 'nudge')).finding)).toContain('nobody');
  });
});

describe('a message', () => {
  const templates = { told: 'Emails of *{{tenant}}* are late. <!channel>' };

  it('goes where it is meant to, its values doing nothing', async () => {
    const book = (to: string) =>
      runbookOf('night', [messageStep('tell', { to }), doStep('last')], {
        inputs: {
          tenant: { ask: 'Whom?', isRequired: true, default: undefined, from: undefined },
        },
      });
    for (const [to, place] of [
      ['ops', { kind: 'channel', channelId: 'C0OPS' }],
      ['incidents', { kind: 'channel', channelId: 'C0INC' }],
      ['alerts', { kind: 'channel', channelId: 'C0ALERTS' }],
      ['C0CUSTOM', { kind: 'channel', channelId: 'C0CUSTOM' }],
    ] as const) {
      const w = await runbookWorld(database.pool, [book(to)], { templates });
      const id = await w.start('night --input "tenant=<!everyone> *acme* https://evil.example"');
      expect(await w.next(id, 'tell')).toBeUndefined();
      const sent = (await w.messages()).filter((message) => message.id.startsWith(`runbook:${id}:message:`));
      expect(sent.map((message) => message.place)).toEqual([place]);
      const { markdown = '' } = sent[0]!.content as { markdown?: string };
      expect(markdown).toContain('are late. <!channel>');
      expect(markdown).not.toContain('<!everyone>');
      expect(markdown).not.toContain('https://evil');
      expect(await w.standing(id)).toEqual(['tell sent', 'last open']);
    }
  });

  it('in a thread goes to the one of its incident, or of its card', async () => {
    const w = await world([messageStep('tell'), doStep('last')], { templates: { told: 'It is late.' } });
    const incident = await w.declare();
    const inside = await w.start(`night --incident ${incident.id}`);
    const alone = await w.start('night');
    await w.next(inside, 'tell');
    await w.next(alone, 'tell');
    const placeOf = async (id: string) =>
      (await w.messages()).find((message) => message.id.startsWith(`runbook:${id}:message:`))?.place;
    expect(await placeOf(inside)).toEqual({
      kind: 'thread_of',
      messageId: `incident:${incident.id}:headline`,
    });
    expect(await placeOf(alone)).toEqual({ kind: 'thread_of', messageId: `runbook:${alone}:card` });
  });

  it('is sent once, however often it is clicked', async () => {
    const w = await world([messageStep('tell'), doStep('last')], { templates: { told: 'It is late.' } });
    const id = await w.start('night');
    expect(await w.next(id, 'tell')).toBeUndefined();
    expect(await w.next(id, 'tell', bob, 1)).toMatch(/done already by U0ADA/);
    const sent = (await w.messages()).filter(({ id: message }) => message.includes(':message:'));
    expect(sent).toHaveLength(1);
  });
});

describe('a wait', () => {
  it('is not begun by a click that comes before its time', async () => {
    const w = await world([doStep('first'), waitStep('soak', 30)]);
    const id = await w.start('night');
    expect(await w.next(id, 'soak')).toMatch(/not time for "Step soak" yet: "Step first" comes first/);
    expect(await w.standing(id)).toEqual(['first open', 'soak open']);
  });
});
