import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve, incidentWorld } from './incident-world.ts';

const database = await testDatabase();
const message = { channelId: 'C0INC', ts: '1700.5', author: bob, text: 'The queue grows' };

describe('a note', () => {
  it('of words is added as often as it is said', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    for (const by of [0, 1]) {
      expect(await world.as(ada, by).note(id, { text: 'Restarted it' })).toMatchObject({ isNew: true });
    }
    expect((await world.read(id)).slice(1)).toEqual([
      `${ada} noted: Restarted it`,
      `${ada} noted: Restarted it`,
    ]);
  });

  it('of a message is added once, with its link, whoever adds it and from where', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const added = await Promise.all(
      [ada, bob].map((who, by) => world.as(who, by).note(id, { text: message.text, message })),
    );
    expect(added.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(await world.as(ada).note(id, { text: message.text, message })).toMatchObject({ isNew: false });
    const [, noted, ...others] = await world.timeline(id);
    expect(others).toEqual([]);
    expect(noted).toMatchObject({
      kind: 'incident.noted',
      text: 'The queue grows',
      permalink: 'https://slack.example/C0INC/1700.5',
    });
  });

  it('of a message that was edited is another entry, and rewrites none', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const add = (text: string) => world.as(ada).note(id, { text, message: { ...message, text } });
    await add('The queue grows');
    expect(await add('The queue grew')).toMatchObject({ isNew: true });
    expect(await add('The queue grew')).toMatchObject({ isNew: false });
    expect(await add('The queue grows')).toMatchObject({ isNew: false });
    expect(await world.kinds(id)).toEqual(['incident.declared', 'incident.noted', 'incident.note_edited']);
    expect((await world.read(id)).slice(1)).toEqual([
      `${ada} added a message by ${bob}: The queue grows`,
      `A message by ${bob} on record was edited: The queue grew`,
    ]);
  });

  it('of one message belongs to each incident it is added to', async () => {
    const world = incidentWorld(database.pool);
    for (const id of [await world.declare(), await world.declare()]) {
      expect(await world.as(ada).note(id, { text: message.text, message })).toMatchObject({ isNew: true });
    }
  });

  it('is taken after the incident is resolved: what is learned late is learned', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.as(ada).resolve(id, { fix: 'restarted it' });
    expect(await world.as(bob).note(id, { text: 'It was the disk' })).toMatchObject({ isNew: true });
  });

  it('tells its own receipt, and that of the incident where nothing was added', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const { receipt } = await world.as(ada).note(id, { text: message.text, message });
    expect(receipt).toBe((await world.timeline(id)).at(-1)?.receipt);
    const again = await world.as(ada).note(id, { text: message.text, message });
    expect((await world.timeline(id)).map((entry) => entry.receipt)).toContain(again.receipt);
  });

  it('is nobody’s who is in no role, and of no incident that is not there', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await expect(world.as(eve).note(id, { text: 'Hello' })).rejects.toMatchObject({ code: 'not_authorized' });
    await expect(world.as(ada).note('i-none', { text: 'Hello' })).rejects.toMatchObject({
      code: 'no_such_incident',
    });
    expect(await world.kinds(id)).toEqual(['incident.declared']);
  });
});
