import { afterEach, expect, test } from 'vitest';
import type { FaultName } from '../../../../sandbox/targets/rms/faults.ts';
import { startRms } from '../../../../sandbox/targets/rms/server.ts';
import { until } from '../../../support/until.ts';
import { testRms } from './rms.ts';

const { call, rms, databaseUrl } = await testRms();
const { id } = (await call('GET /api/tenants/acme')).body as { id: string };
afterEach(() => rms.faults.clear());

/** An endpoint that has an effect at every request. */
const maintain = (signal?: AbortSignal) =>
  fetch(`${rms.url}/api/tenants/${id}/maintenance`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${rms.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ enabled: true }),
    ...(signal ? { signal } : {}),
  });

async function effectsOf(work: () => Promise<unknown>): Promise<number> {
  const before = (await rms.effects()).length;
  await work();
  return (await rms.effects()).length - before;
}

const answered: [FaultName, { effects: number; status: number }][] = [
  ['error_before', { effects: 0, status: 500 }],
  ['error_after', { effects: 1, status: 500 }],
  ['conflict', { effects: 0, status: 409 }],
  ['wrong_shape', { effects: 1, status: 200 }],
];
test.each(answered)('%s', async (fault, { effects, status }) => {
  rms.faults.set({ endpoint: 'maintenance', fault, times: 1 });
  let response: Response | undefined;
  expect(
    await effectsOf(async () => {
      response = await maintain();
    }),
  ).toBe(effects);
  expect(response?.status).toBe(status);
  expect(await response?.json()).toEqual(
    fault === 'wrong_shape' ? { result: 'ok' } : { error: expect.any(String) },
  );
  expect((await maintain()).status).toBe(200);
});

const cut: [FaultName, number][] = [
  ['cut_before', 0],
  ['cut_after', 1],
];
test.each(cut)('%s', async (fault, effects) => {
  rms.faults.set({ endpoint: 'maintenance', fault, times: 1 });
  expect(await effectsOf(() => expect(maintain()).rejects.toThrow())).toBe(effects);
  expect(rms.requests().at(-1)).toMatchObject({
    endpoint: 'maintenance',
    status: undefined,
    hadEffect: effects === 1,
  });
});

test('a slow endpoint does what was asked, also for a caller who has given up', async () => {
  rms.faults.set({ endpoint: 'maintenance', fault: 'slow', delayMilliseconds: 400 });
  const before = (await rms.effects()).length;
  const arrived = rms.requests().length;
  const caller = new AbortController();
  const answering = expect(maintain(caller.signal)).rejects.toThrow();
  await until(() => rms.requests()[arrived]?.endpoint === 'maintenance');
  caller.abort();
  await answering;
  expect((await rms.effects()).length).toBe(before);
  await until(async () => (await rms.effects()).length === before + 1, {
    waitingFor: 'the effect nobody waits for any more',
  });
});

test('a hanging endpoint is cut when the faults are cleared, and nothing happens', async () => {
  rms.faults.set({ endpoint: 'maintenance', fault: 'hang' });
  expect(
    await effectsOf(async () => {
      const arrived = rms.requests().length;
      const hanging = expect(maintain()).rejects.toThrow();
      await until(() => rms.requests()[arrived]?.endpoint === 'maintenance');
      rms.faults.clear();
      await hanging;
    }),
  ).toBe(0);
});

test('a fault that is set for two requests is gone at the third, and other endpoints never see it', async () => {
  rms.faults.set({ endpoint: 'main*', fault: 'conflict', times: 2 });
  expect((await call('GET /api/tenants')).status).toBe(200);
  const statuses = [await maintain(), await maintain(), await maintain()].map(({ status }) => status);
  expect(statuses).toEqual([409, 409, 200]);
});

test('a fault that could never show is refused', () => {
  expect(() => rms.faults.set({ endpoint: 'suspnd', fault: 'slow' })).toThrow(/"suspnd".*suspend/);
  expect(() => rms.faults.hold({ endpoint: 'suspnd', when: 'before_effect' })).toThrow(RangeError);
  expect(() => rms.faults.set({ endpoint: 'suspend', fault: 'slow', times: 0 })).toThrow(RangeError);
});

test('a request can be held before its effect, and goes on without its caller', async () => {
  const hold = rms.faults.hold({ endpoint: 'maintenance', when: 'before_effect' });
  const caller = new AbortController();
  expect(
    await effectsOf(async () => {
      const answering = expect(maintain(caller.signal)).rejects.toThrow();
      await hold.reached;
      caller.abort();
      await answering;
    }),
  ).toBe(0);
  const before = (await rms.effects()).length;
  hold.release();
  await until(async () => (await rms.effects()).length === before + 1);
});

test('a request that is dropped before its effect has none', async () => {
  const hold = rms.faults.hold({ endpoint: 'maintenance', when: 'before_effect' });
  expect(
    await effectsOf(async () => {
      const answering = expect(maintain()).rejects.toThrow();
      await hold.reached;
      hold.drop();
      await answering;
    }),
  ).toBe(0);
});

test('a request can be held after its effect, which is there before the answer', async () => {
  const hold = rms.faults.hold({ endpoint: 'maintenance', when: 'after_effect' });
  const before = (await rms.effects()).length;
  const answering = maintain();
  await hold.reached;
  expect((await rms.effects()).length).toBe(before + 1);
  hold.release();
  expect((await answering).status).toBe(200);
});

test('a hold stops one request, or none when it was taken back', async () => {
  rms.faults.hold({ endpoint: 'maintenance', when: 'before_effect' }).release();
  expect((await maintain()).status).toBe(200);
  const hold = rms.faults.hold({ endpoint: 'maintenance', when: 'before_effect' });
  const held = maintain();
  await hold.reached;
  expect((await maintain()).status).toBe(200);
  hold.release();
  expect((await held).status).toBe(200);
});

test('faults are switched over HTTP too, with the same token', async () => {
  const order = { endpoint: 'maintenance', fault: 'conflict', times: 1 };
  const denied = await call('POST /faults', { body: order, headers: { authorization: 'Bearer x' } });
  expect(denied.status).toBe(401);
  expect((await call('GET /faults')).body).toEqual({ faults: [] });

  expect((await call('POST /faults', { body: order })).body).toEqual({ faults: [order] });
  expect((await maintain()).status).toBe(409);
  expect((await maintain()).status).toBe(200);
  await call('POST /faults', { body: { ...order, times: undefined } });
  expect((await call('DELETE /faults')).body).toEqual({ faults: [] });
  expect((await maintain()).status).toBe(200);

  for (const body of [{ ...order, fault: 'fire' }, { ...order, endpoint: 'none' }, { fault: 'slow' }]) {
    expect((await call('POST /faults', { body })).status).toBe(400);
  }
});

test('closing cuts what is held, slow or hanging without an effect, and what was done stays done', async () => {
  const second = await startRms({ databaseUrl, token: rms.token });
  const send = (path: string, body: object) =>
    fetch(second.url + path, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${rms.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => 'cut');
  second.faults.set({ endpoint: 'suspend', fault: 'hang' });
  second.faults.set({ endpoint: 'resend', fault: 'slow', delayMilliseconds: 60_000 });
  const hold = second.faults.hold({ endpoint: 'maintenance', when: 'before_effect' });
  const { notifications } = (await call('GET /api/tenants/acme/notifications?status=failed&limit=1'))
    .body as { notifications: { id: string }[] };
  expect(
    await effectsOf(async () => {
      const answers = [
        send('/api/tenants/wayne/suspend', { reason: 'card testing' }),
        send(`/api/notifications/${notifications[0]!.id}/resend`, {}),
        send('/api/tenants/wayne/maintenance', { enabled: true }),
      ];
      await hold.reached;
      await until(
        () => second.requests().filter(({ endpoint }) => endpoint !== undefined).length === answers.length,
      );
      await second.close();
      expect(await Promise.all(answers)).toEqual(['cut', 'cut', 'cut']);
    }),
  ).toBe(0);
});
