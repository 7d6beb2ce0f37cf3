import { describe, expect, it } from 'vitest';
import { type IncidentTold, incidentToldLines } from '../../../src/core/cards/incident-told-lines.ts';
import { plainText } from '../../../src/core/text.ts';
import { maybeIncidentView } from '../../../src/incident-views.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, incidentWorld, secondLevel } from './incident-world.ts';

const database = await testDatabase();
const minute = 60_000;

describe('the lines of an incident’s thread', () => {
  it('are one for each thing a person did, those of one minute in one message', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.as(ada).update(id, { note: 'Looking' });
    world.clock.now += minute - 1;
    await world.as(bob, 1).note(id, { text: 'The disk is full' });
    world.clock.now += 1;
    await world.as(ada).cancelTimer(id, 'update_due', 'asleep');
    world.clock.now += 5 * minute;
    await world.as(ada).resolve(id, { fix: 'emptied it' });
    await world.as(ada).publishPostmortem(id, 'https://wiki.example.com/p');
    await world.as(ada).reopen(id, 'full again');
    expect(await world.lines(id)).toEqual([
      [`${ada} posted an update (still investigating): Looking`, `${bob} noted: The disk is full`],
      [`${ada} cancelled the status update that was due: asleep`],
      [
        `${ada} resolved the incident: emptied it`,
        `${ada} published the postmortem: https://wiki.example.com/p`,
        `${ada} reopened the incident: full again`,
      ],
    ]);
  });

  it('are asked for again with each of a burst, and for nothing that is shown elsewhere', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const window = () => world.wantedOf(`incident:${id}:log:${Math.floor(world.clock.now / minute)}`);
    expect(await window()).toBe(0);
    await world.as(ada).export(id);
    await world.as(ada).page(id, 'we are stuck');
    expect(await window()).toBe(0);
    for (const expected of [1, 2, 3]) {
      await world.as(ada).note(id, { text: 'Another' });
      expect(await window()).toBe(expected);
    }
    // The page has its own message in the thread, the file and the declaration too.
    expect(await world.lines(id)).toEqual([Array(3).fill(`${ada} noted: Another`)]);
    expect(await world.told(id)).toEqual([{ kind: 'level2', to: [secondLevel], isDirect: false }]);
  });

  it('tell nothing that a timer or the monitoring did', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { severity: 'critical' });
    const id = await world.declare({ alert });
    await world.pass(31);
    await world.work();
    await world.resolveAlert();
    await world.fire('checkout', { severity: 'critical' });
    await world.as(ada).resolve(id, { fix: 'emptied it', override: 'stale' });
    await world.pass(49 * 60);
    await world.work();
    expect((await world.lines(id)).flat()).toEqual([
      `${ada} resolved the incident although not everything was quiet: emptied it · stale`,
    ]);
  });

  it('tell of nobody’s doing what Countersign did by itself, beside what somebody did', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.processes()[0].incidents.store.transaction(async (transaction) => {
      const facts = { group: 'g-1', source: 'alertmanager' };
      transaction.record([
        { kind: 'alert.closed', actor: 'countersign', via: 'timer', incidentId: id, facts },
      ]);
    });
    expect(await world.lines(id)).toEqual([]);
    await world.as(ada).note(id, { text: 'Here' });
    expect(await world.lines(id)).toEqual([[`${ada} noted: Here`]]);
  });

  it('stand in the thread of the headline, and a window of another incident has none of them', async () => {
    const world = incidentWorld(database.pool);
    const [id, other] = [await world.declare(), await world.declare()];
    await world.as(ada).note(id, { text: 'Here' });
    const log = (await world.messages()).filter((message) => message.id.startsWith(`incident:${id}:log:`));
    expect(log.map(({ place }) => place)).toEqual([
      { kind: 'thread_of', messageId: `incident:${id}:headline` },
    ]);
    expect(await world.lines(other)).toEqual([]);
  });

  it('name a linked alert but not the one the incident was declared from', async () => {
    const world = incidentWorld(database.pool);
    const [first, second] = [await world.fire('checkout'), await world.fire('search')];
    const id = await world.declare({ alert: first });
    await world.as(ada).linkAlert(id, second);
    expect((await world.lines(id)).flat()).toEqual([
      expect.stringContaining(`${ada} linked alert ${second}`),
    ]);
  });
});

describe('paging by hand', () => {
  it('calls level 2 once for each time, on record, and never whoever does it', async () => {
    const world = incidentWorld(database.pool, {
      settings: { escalation: { notify: [{ user: secondLevel }, { user: ada }, { usergroup: 'S0LEADS' }] } },
    });
    const id = await world.declare();
    await world.as(ada).page(id, 'we are stuck');
    await world.as(bob, 1).page(id, 'still stuck');
    expect(await world.told(id)).toEqual([
      { kind: 'level2', to: [secondLevel, 'S0LEADS'], isDirect: false },
      { kind: 'level2', to: [secondLevel, ada, 'S0LEADS'], isDirect: false },
    ]);
    expect(await world.pagesOf(id)).toEqual(['trigger', 'trigger']);
    expect((await world.read(id)).slice(1)).toEqual([
      `${ada} called level 2: ${secondLevel}, ${ada}, S0LEADS, PagerDuty: we are stuck`,
      `${bob} called level 2: ${secondLevel}, ${ada}, S0LEADS, PagerDuty: still stuck`,
    ]);
  });

  it('says in the thread who called and why, and not that a time was over', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.as(bob).page(id, 'we are stuck');
    const view = await maybeIncidentView(id, world.processes()[0].views);
    const [{ told } = {}] = (await world.messages()).flatMap((message) =>
      message.id.startsWith(`incident:${id}:told:`)
        ? [message.content as unknown as { told: IncidentTold }]
        : [],
    );
    const said = incidentToldLines(told!, view!).lines.map((line) => plainText(line));
    expect(said).toContain(`Called by ${bob}: we are stuck`);
    expect(said.join(' ')).not.toContain('Not resolved within');
    const byTimer = incidentToldLines({ kind: 'level2' }, view!).lines.map((line) => plainText(line));
    expect(byTimer.join(' ')).toContain('Not resolved within 30 minutes');
  });

  it('is refused where nobody is named to be called', async () => {
    const world = incidentWorld(database.pool, {
      settings: { escalation: { notify: [], pagerduty: undefined as never } },
    });
    const id = await world.declare();
    await expect(world.as(ada).page(id, 'we are stuck')).rejects.toMatchObject({ code: 'nobody_to_page' });
    expect(await world.waitingKinds(id)).toEqual(['level2', 'update_due']);
  });
});
