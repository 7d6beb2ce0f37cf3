import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/core/errors.ts';
import { targetKinds } from '../../src/targets/targets.ts';
import { answeringServer, json, refusingUrl, silence } from './http/answering-server.ts';
import { openRms } from './http/open-rms.ts';

const everything = `tenants: {}
tenancy: {}
notifications: {}
communications: {}
releases: {}
health: {}
operations: { ping: { method: GET, path: /ping, risk: read } }
workflows: { repository: acme/rms, token: env:RMS_TOKEN, files: { ci: { file: ci.yml, risk: change } } }`;

describe('open targets', () => {
  it.each([
    ['health: {}', ['health']],
    ['tenants: {}', ['tenants']],
    ['tenancy: {}', ['tenants', 'tenancy']],
    [
      'releases: {}\noperations: { ping: { method: GET, path: /ping, risk: read } }',
      ['releases', 'operations'],
    ],
    [everything, targetKinds.filter((kind) => kind !== 'audit')],
  ])('offer exactly what their blocks declare: %s', (blocks, kinds) => {
    const targets = openRms('http://127.0.0.1:1', blocks);
    expect(targets.offers).toEqual([{ name: 'rms', environment: 'production', kinds }]);
    for (const kind of targetKinds) {
      if (kinds.includes(kind)) {
        expect(targets.client(kind, 'rms')).toMatchObject({
          name: 'rms',
          environment: 'production',
          [kind]: expect.anything(),
        });
      } else expect(() => targets.client(kind, 'rms')).toThrow(Fault);
    }
    expect(() => targets.client('health', 'gone')).toThrow('no longer serves');
  });

  it('keep audit chains to their own database, and everything else to the one directory', async () => {
    const server = await answeringServer(json(200, { id: 't-1', slug: 'acme', name: 'Acme' }));
    // Nothing listens on port 1.
    const audit = 'databaseUrl: env:RMS_DATABASE_URL\naudit: { recipe: pilot-v1 }';
    const both = openRms(server.url, `${audit}\ntenancy: {}`);
    expect(both.offers[0]?.kinds).toEqual(['tenants', 'audit', 'tenancy']);
    for (const kind of ['tenants', 'audit', 'tenancy'] as const) {
      await expect(both.client(kind, 'rms').tenants.find('acme')).rejects.toThrow(
        "cannot reach rms's database",
      );
    }
    const declared = openRms(server.url, `${audit}\ntenants: {}\ntenancy: {}`);
    await expect(declared.client('audit', 'rms').tenants.find('acme')).rejects.toThrow('database');
    expect(await declared.client('tenants', 'rms').tenants.find('acme')).toMatchObject({ id: 't-1' });
    expect(await declared.client('tenancy', 'rms').tenants.find('acme')).toMatchObject({ id: 't-1' });
    const [rms] = await both.check();
    expect(rms?.checks.map(({ name, status }) => [name, status])).toEqual([
      ['database', 'failed'],
      ['http', 'ok'],
    ]);
  });

  it('look tenants up over HTTP for every kind that takes one', async () => {
    const server = await answeringServer(json(200, { id: 't-1', slug: 'acme', name: 'Acme' }));
    const targets = openRms(server.url, 'tenancy: {}\nnotifications: {}');
    for (const kind of ['tenants', 'tenancy', 'notifications'] as const) {
      const found = await targets.client(kind, 'rms', 'run-9').tenants.find('acme');
      expect(found).toEqual({ id: 't-1', slug: 'acme', name: 'Acme' });
    }
    expect(server.received.map(({ headers }) => headers['x-correlation-id'])).toEqual([
      'run-9',
      'run-9',
      'run-9',
    ]);
  });

  it('end what is read on behalf of a run when the run is stopped', async () => {
    const server = await answeringServer(silence);
    const stop = new AbortController();
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms', 'run-9', stop.signal);
    const reading = tenancy.state({ id: 't-1', slug: 'acme', name: 'Acme' });
    stop.abort(new Error('cancelled'));
    await expect(reading).rejects.toThrow('cancelled');
  });
});

describe('what doctor shows of an HTTP target', () => {
  it('is that it answers and accepts the credential', async () => {
    const server = await answeringServer(json(200, { tenants: [] }));
    const [rms] = await openRms(server.url, 'tenancy: {}').check();
    expect(rms?.checks).toEqual([
      {
        name: 'http',
        status: 'ok',
        detail: expect.stringMatching(/^http:\S+ answers in \d+ ms$/),
        fix: undefined,
      },
      { name: 'credential', status: 'ok', detail: 'accepted', fix: undefined },
    ]);
    expect(server.received[0]?.url).toBe('/api/tenants?limit=1');
  });

  it('is what to do when it refuses the credential, differs in time, or answers in another place', async () => {
    const server = await answeringServer(json(401, { error: 'token expired' }));
    const targets = openRms(server.url, 'releases: {}');
    expect((await targets.check())[0]?.checks[1]).toEqual({
      name: 'credential',
      status: 'failed',
      detail: 'refused with 401: token expired',
      fix: 'put a valid credential into the variable named under targets.rms.http.auth',
    });
    server.answer((_, response) => {
      response.writeHead(404, { date: new Date(Date.now() + 60_000).toUTCString() }).end();
    });
    expect((await targets.check())[0]?.checks).toMatchObject([
      { status: 'warning', detail: expect.stringMatching(/its clock differs by (59|60) s/) },
      { status: 'warning', detail: 'cannot be told: /api/releases was answered with 404 (not found)' },
    ]);
  });

  it('is that it cannot be reached, as a line and not as an error', async () => {
    const url = await refusingUrl();
    expect((await openRms(url, 'health: {}').check())[0]?.checks).toEqual([
      {
        name: 'http',
        status: 'failed',
        detail: `${url} gave no connection (ECONNREFUSED)`,
        fix: 'set targets.rms.http.baseUrl to an address this host can reach, and see that the system runs',
      },
    ]);
  });
});
