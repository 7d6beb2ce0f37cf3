import { describe, expect, it } from 'vitest';
import { answeringServer, reply } from './answering-server.ts';
import { openRms } from './open-rms.ts';

describe('releases', () => {
  it('shows what was read, and of what could not be why', async () => {
    const release = {
      version: '2.4.0',
      deployedAt: '2026-11-20T10:00:00Z',
      schema: '0042',
      runsOn: { oldest: '0040', newest: '0042' },
    };
    const server = await answeringServer(({ url }, response) => {
      if (url === '/api/releases') {
        reply(response, 200, {
          releases: [release, { version: '2.3.0', deployedAt: null, schema: '0041', runsOn: null }],
        });
      } else if (url === '/api/migrations') reply(response, 200, { applied: ['0041', '0042'], pending: [] });
      else if (url === '/api/queues') reply(response, 503, { error: 'redis gone' });
      else
        reply(response, 503, {
          status: 'unavailable',
          checks: { redis: { status: 'down', error: 'refused' } },
        });
    });
    const { releases } = openRms(server.url, 'releases: {}').client('releases', 'rms');
    expect(await releases.releases()).toMatchObject({
      isSeen: true,
      at: expect.any(Date),
      value: [
        { version: '2.4.0', schema: '0042', runsOn: { oldest: '0040', newest: '0042' } },
        { version: '2.3.0', deployedAt: undefined, runsOn: undefined },
      ],
    });
    expect(await releases.migrations()).toMatchObject({
      isSeen: true,
      value: { applied: ['0041', '0042'], pending: [] },
    });
    expect(await releases.queues()).toEqual({ isSeen: false, why: 'rms answered 503: redis gone' });
    expect(await releases.readiness()).toMatchObject({
      isSeen: true,
      value: { isReady: false, failing: ['redis: refused'] },
    });
    server.answer((_, response) => response.end('<html>'));
    expect(await releases.readiness()).toEqual({
      isSeen: false,
      why: 'rms answered 200 in a form that says neither',
    });
    server.server.closeAllConnections();
    server.answer(({ socket }) => socket.destroy());
    expect(await releases.readiness()).toMatchObject({
      isSeen: false,
      why: expect.stringMatching(/^rms gave no whole answer/),
    });
  });
});
