import { describe, expect, it } from 'vitest';
import { answeringServer, json, reply } from './answering-server.ts';
import { acme, openRms } from './open-rms.ts';

describe('tenants', () => {
  const list = [
    { id: 't-2', slug: 'big-acme', name: 'Big Acme', status: 'active' },
    { id: 't-1', slug: 'acme', name: 'Acme GmbH', status: 'active' },
    { id: 't-3', slug: 'globex', name: 'Globex', status: 'active' },
  ];

  it('finds one by slug or id, exactly', async () => {
    const server = await answeringServer(({ url }, response) => {
      const found = list.find(
        ({ id, slug }) => url === `/api/tenants/${id}` || url === `/api/tenants/${slug}`,
      );
      reply(response, found ? 200 : 404, found ?? { error: 'no such tenant' });
    });
    const { tenants } = openRms(server.url, 'tenants: {}').client('tenants', 'rms');
    expect(await tenants.find('acme')).toEqual(acme);
    expect(await tenants.find('t-1')).toEqual(acme);
    expect(await tenants.find('acm')).toBeUndefined();
    const before = server.received.length;
    for (const unusable of ['', '..', '../api', 'a\0b']) expect(await tenants.find(unusable)).toBeUndefined();
    expect(server.received).toHaveLength(before);
    server.answer(json(200, list[0]));
    expect(await tenants.find('acme')).toBeUndefined();
  });

  it('searches, best first, with the nearest slugs for typing mistakes', async () => {
    const server = await answeringServer(({ url }, response) => {
      const search = new URL(url, 'http://x').searchParams.get('search') ?? '';
      reply(response, 200, { tenants: list.filter(({ slug }) => slug.includes(search)) });
    });
    const { tenants } = openRms(server.url, 'tenants: {}').client('tenants', 'rms');
    expect((await tenants.search('acme', 5)).map(({ slug }) => slug)).toEqual(['acme', 'big-acme']);
    expect((await tenants.search('amce', 5)).map(({ slug }) => slug)).toEqual(['acme']);
    expect((await tenants.search('', 2)).map(({ slug }) => slug)).toEqual(['big-acme', 'acme']);
  });
});
