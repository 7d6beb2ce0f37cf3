import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/core/text.ts';
import { incidentLog } from '../../../src/incident-views.ts';
import { incidentTimeline } from '../../../src/postgres/incidents/timeline.ts';
import { testDatabase } from '../../support/database.ts';
import { alertSettings } from '../alerts/alert-world-settings.ts';
import { ada, bob, grace, lin, membershipOf, root } from '../change/guarded-people.ts';
import { invocation } from '../change/guarded-workspace.ts';
import { type GuardedWorld, guardedWorld } from '../change/guarded-world.ts';
import { incidentProcess } from './incident-process.ts';

const database = await testDatabase();
const { pool } = database;
const why = { reason: 'everyone sleeps' };

/** The incidents of a workspace whose people also run commands. */
function incidentsOf(world: GuardedWorld) {
  const { workspaceId } = world;
  const roles = { responder: { users: [ada, bob], usergroups: [] } };
  const process = incidentProcess({
    pool,
    workspaceId,
    processId: `p-${workspaceId}`,
    settings: () => alertSettings({ roles }),
    membership: membershipOf(world.people),
    offers: [],
    health: new Map(),
    now: () => new Date(),
  });
  const lines = async (id: string): Promise<string[]> => {
    const prefix = `incident:${id}:log:`;
    const windows = (await world.messages()).flatMap((message) =>
      message.id.startsWith(prefix) ? [Number(message.id.slice(prefix.length))] : [],
    );
    const said = await Promise.all(
      windows.sort().map((window) => incidentLog(id, window, { pool, workspaceId })),
    );
    return said.flat().map(({ sentence }) => plainText(sentence));
  };
  return {
    process,
    lines,
    kinds: async (id: string) => (await incidentTimeline(pool, workspaceId, id)).map(({ kind }) => kind),
    /** Declared by Ada, its headline posted. */
    declare: async (): Promise<{ id: string; thread: { channelId: string; threadTs: string } }> => {
      const { incident } = await process.as({ who: ada }).declare({ title: 'Emails delayed' });
      await world.post();
      return {
        id: incident.id,
        thread: { channelId: 'C0INC', threadTs: `ts-incident:${incident.id}:headline` },
      };
    },
  };
}

describe('a command of an incident', () => {
  it('asked in its thread belongs to it, and its card is the line', async () => {
    const world = await guardedWorld(pool);
    const incidents = incidentsOf(world);
    const { id, thread } = await incidents.declare();
    const run = await world.ask(ada, 'halt', { origin: thread });
    const shownOn = { channelId: thread.channelId, ts: `ts-run:${run.id}:card` };
    // As delivery leaves what it has posted in a thread.
    await world.rows(
      `UPDATE countersign.messages SET ts = $2, channel_id = $3, shown_hash = sha256('card'), sent = wanted
       WHERE workspace_id = $1 AND id = 'run:' || $4 || ':card' AND place->>'messageId' = 'incident:' || $5 || ':headline'`,
      shownOn.ts,
      shownOn.channelId,
      run.id,
      id,
    );
    await world.decide(grace, 'approve', run.id, { shownOn });
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded', incidentId: id });
    expect(await incidents.kinds(id)).toEqual([
      'incident.declared',
      'run.requested',
      'approval.requested',
      'approval.granted',
      'run.started',
      'run.succeeded',
    ]);
    expect(await incidents.lines(id)).toEqual([]);
    // Other words of the same minute do not bring it along.
    await incidents.process.as({ who: ada }).note(id, { text: 'It helps' });
    expect(await incidents.lines(id)).toEqual([`${ada} noted`]);
  });

  it('asked elsewhere belongs to it where it is named, and has a line', async () => {
    const world = await guardedWorld(pool);
    const incidents = incidentsOf(world);
    const { id } = await incidents.declare();
    const run = await world.ask(ada, 'halt', { incidentId: id });
    await world.decide(grace, 'approve', run.id);
    await world.work();
    expect((await incidents.kinds(id)).at(-1)).toBe('run.succeeded');
    expect(await incidents.lines(id)).toEqual([expect.stringContaining(`halt for ${ada} finished`)]);
    const { runs } = await incidents.process.as({ who: ada }).find(id);
    expect(runs).toBe(1);
  });

  it('asked elsewhere without a name is none of it, and one of no incident is refused', async () => {
    const world = await guardedWorld(pool);
    const incidents = incidentsOf(world);
    const { id } = await incidents.declare();
    await world.ask(ada, 'halt');
    expect(await incidents.kinds(id)).toEqual(['incident.declared']);
    const key = await world.bring(
      invocation(ada, 'halt', { incidentId: 'i-none', input: { tenant: 'globex' } }),
    );
    expect(await world.answer(key)).toContain('There is no incident "i-none", so nothing was done.');
  });
});

describe('a broken glass', () => {
  it('is an incident from what led to it on, whose thread says who broke it', async () => {
    const world = await guardedWorld(pool);
    const incidents = incidentsOf(world);
    const run = await world.ask(ada, 'halt');
    await world.decide(root, 'break_glass', run.id, why);
    await world.work();
    const { incidentId: id = '' } = await world.run(run.id);
    const incident = await incidents.process.as({ who: ada }).find(id);
    expect(incident).toMatchObject({
      severity: 'SEV2',
      status: 'investigating',
      origin: 'break_glass',
      declaredBy: root,
      commander: root,
      title: expect.stringContaining('Glass broken: halt'),
      runs: 1,
    });
    expect(incident.timers.map(({ kind }) => kind)).toEqual(['level2', 'update_due']);
    expect(await incidents.kinds(id)).toEqual([
      'run.requested',
      'approval.requested',
      'incident.declared',
      'glass.broken',
      'run.started',
      'run.succeeded',
    ]);
    expect((await incidents.lines(id))[0]).toContain(`${root} broke the glass for halt`);
    await world.decide(lin, 'reviewed', run.id);
    expect((await incidents.lines(id)).at(-1)).toContain(`${lin} reviewed the broken glass`);
    expect((await incidents.kinds(id)).at(-1)).toBe('glass.reviewed');
  });

  it('of an incident’s own command begins no other incident', async () => {
    const world = await guardedWorld(pool);
    const incidents = incidentsOf(world);
    const { id, thread } = await incidents.declare();
    const run = await world.ask(ada, 'halt', { origin: thread });
    await world.decide(root, 'break_glass', run.id, why);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ incidentId: id, state: 'succeeded' });
    const { total } = await incidents.process.as({ who: ada }).list({ state: 'all', limit: 5 });
    expect(total).toBe(1);
    // Without signatures is worth a line though the card stands in the thread.
    expect(await incidents.lines(id)).toEqual([expect.stringContaining(`${root} broke the glass for halt`)]);
  });
});
