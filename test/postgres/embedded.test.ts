import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedBinaries } from '../../src/postgres/embedded/binaries.ts';
import { ensureCluster } from '../../src/postgres/embedded/cluster.ts';
import {
  dropEmbeddedPostgres,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded.ts';
import { until } from '../support/until.ts';
import { embeddedDirectory, holdEmbedded, isRoot, NOBODY, serverProcesses } from './embedded-directory.ts';

function start(dataDir: string, log: (line: string) => void = () => {}) {
  return startEmbeddedPostgres({ dataDir, log, isDurable: false });
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data and passwords over a restart, on another free port', async () => {
    const dataDir = embeddedDirectory();
    const first = await start(dataDir);
    await query(first.ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start(dataDir);
    try {
      expect(await query(second.ownerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      expect(new URL(second.appUrl).password).toBe(new URL(first.appUrl).password);
    } finally {
      await second.stop();
    }
  });

  it('leaves no process behind when it is stopped', async () => {
    const dataDir = embeddedDirectory();
    const postgres = await start(dataDir);
    expect(serverProcesses(join(dataDir, 'cluster'))).not.toEqual([]);
    await postgres.stop();
    expect(serverProcesses(join(dataDir, 'cluster'))).toEqual([]);
    await postgres.stop();
  });

  it('drops the data on request', async () => {
    const dataDir = embeddedDirectory();
    await (await start(dataDir)).stop();
    await dropEmbeddedPostgres({ dataDir, log: () => {} });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const options = { dataDir: embeddedDirectory(), isDurable: false, log: () => {} };
    await expect(
      startEmbeddedPostgres({ ...options, flags: ['-c', 'no_such_setting=1'] }),
    ).rejects.toMatchObject({
      code: 'postgres_did_not_start',
      message: expect.stringContaining('no_such_setting'),
    });
  });
});

describe('the running server', () => {
  let dataDir = '';
  let postgres: EmbeddedPostgres;
  beforeAll(async () => {
    dataDir = join(mkdtempSync(join(tmpdir(), 'countersign-embedded-')), 'postgres');
    chmodSync(join(dataDir, '..'), 0o777);
    postgres = await start(dataDir);
  });
  afterAll(async () => {
    await postgres.stop();
    await dropEmbeddedPostgres({ dataDir, log: () => {} });
    rmSync(join(dataDir, '..'), { recursive: true });
  });

  it('gives the bot two logins that are no superusers, and refuses a wrong password', async () => {
    const roles = await query(
      postgres.superuserUrl,
      `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles
         WHERE rolname LIKE 'countersign%' ORDER BY rolname`,
    );
    const powerless = { rolsuper: false, rolcreaterole: false, rolcreatedb: false };
    expect(roles).toEqual([
      { rolname: 'countersign_app', ...powerless },
      { rolname: 'countersign_owner', ...powerless },
    ]);
    const wrong = new URL(postgres.superuserUrl);
    wrong.password = 'password';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('makes databases for samples with a login each, which the bot cannot enter', async () => {
    const { url } = await postgres.createDatabase('pilot');
    expect(await postgres.createDatabase('pilot')).toEqual({ url });
    expect(await query(url, 'SELECT current_user AS "user"')).toEqual([{ user: 'pilot' }]);
    const asBot = new URL(postgres.appUrl);
    asBot.pathname = '/pilot';
    await expect(query(asBot.href, 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('is reached over loopback only', async () => {
    expect(await answers('127.0.0.1', postgres.port)).toBe(true);
    const others = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
    );
    for (const host of [...others, '::1']) expect(await answers(host, postgres.port)).toBe(false);
    expect(await query(postgres.superuserUrl, 'SHOW unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
  });

  it('keeps its secret readable by its own user alone', async () => {
    const file = join(dataDir, 'cluster', 'countersign-credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the process that started PostgreSQL', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('takes it along when ended by %s', async (signal) => {
    const dataDir = embeddedDirectory();
    const holder = holdEmbedded(dataDir);
    await holder.ready;
    holder.child.kill(signal);
    expect(await holder.ended).toMatchObject({ code: null, signal });
    expect(serverProcesses(join(dataDir, 'cluster'))).toEqual([]);
  });

  it('takes it along when it exits without a word', async () => {
    const dataDir = embeddedDirectory();
    const holder = holdEmbedded(dataDir, { ending: 'exit' });
    expect(await holder.ended).toMatchObject({ code: 0 });
    await until(() => serverProcesses(join(dataDir, 'cluster')).length === 0);
  });

  it('leaves an orphan when killed, which the next start stops, and the data is sound', async () => {
    const dataDir = embeddedDirectory();
    const holder = holdEmbedded(dataDir);
    const { ownerUrl } = await holder.ready;
    await query(ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    holder.child.kill('SIGKILL');
    await holder.ended;
    const orphans = serverProcesses(join(dataDir, 'cluster'));
    expect(orphans).not.toEqual([]);
    const lines: string[] = [];
    const postgres = await start(dataDir, (line) => lines.push(line));
    try {
      expect(lines).toEqual([expect.stringMatching(/left running by a Countersign that was killed/)]);
      expect(await query(postgres.ownerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      const now = serverProcesses(join(dataDir, 'cluster'));
      expect(orphans.filter((pid) => now.includes(pid))).toEqual([]);
    } finally {
      await postgres.stop();
    }
  });

  it('can be killed together with the server, and the next start recovers', async () => {
    const dataDir = embeddedDirectory();
    const holder = holdEmbedded(dataDir);
    const { ownerUrl, superuserUrl } = await holder.ready;
    await query(ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    // Written through, because this server confirms before it writes.
    await query(superuserUrl, 'CHECKPOINT');
    holder.child.kill('SIGKILL');
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
    await holder.ended;
    const postgres = await start(dataDir);
    try {
      expect(await query(postgres.ownerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await postgres.stop();
    }
  });

  it('is not fooled by a stale pid that is another process now', async () => {
    const dataDir = embeddedDirectory();
    await (await start(dataDir)).stop();
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    writeFileSync(pidFile, [process.pid, join(dataDir, 'cluster'), 0, 1, '', '127.0.0.1', '', ''].join('\n'));
    const postgres = await start(dataDir);
    await postgres.stop();
  });

  it('is named to a second one, and keeps its server', async () => {
    const dataDir = embeddedDirectory();
    const holder = holdEmbedded(dataDir);
    const { ownerUrl } = await holder.ready;
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'postgres_data_in_use',
      message: expect.stringContaining(`pid ${holder.child.pid} (`),
    });
    await expect(dropEmbeddedPostgres({ dataDir, log: () => {} })).rejects.toMatchObject({
      code: 'postgres_data_in_use',
    });
    expect(await query(ownerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is the only one when several make the data at the same time', async () => {
    const dataDir = embeddedDirectory();
    const holders = [1, 2, 3].map(() => holdEmbedded(dataDir));
    const outcomes = await Promise.all(
      holders.map(({ ready, ended }) =>
        ready.then(
          () => 'holds it',
          async () => (await ended).stderr,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'holds it')).toHaveLength(1);
    for (const outcome of outcomes.filter((text) => text !== 'holds it')) {
      expect(outcome).toMatch(/is in use by another Countersign: pid \d+/);
    }
  });
});

// What there is to see depends on who runs it, so each has tests of their own.
if (isRoot) {
  describe('as root', () => {
    it('runs as the user "postgres"', async () => {
      const dataDir = embeddedDirectory();
      const postgres = await start(dataDir);
      try {
        const [pid] = serverProcesses(join(dataDir, 'cluster'));
        expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
      } finally {
        await postgres.stop();
      }
    });

    it('moves under /var/lib/countersign when that user may not enter the directory, and says so', async () => {
      const dataDir = embeddedDirectory({ isPrivate: true });
      const lines: string[] = [];
      const postgres = await start(dataDir, (line) => lines.push(line));
      await query(postgres.ownerUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await postgres.stop();
      const moved =
        /its data is kept in "(\/var\/lib\/countersign\/[^"]+)"/.exec(lines.join('\n'))?.[1] ?? '';
      expect(existsSync(join(moved, 'cluster', 'PG_VERSION'))).toBe(true);
      const again = await start(dataDir);
      try {
        expect(await query(again.ownerUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      } finally {
        await again.stop();
      }
      await dropEmbeddedPostgres({ dataDir, log: () => {} });
      expect(existsSync(moved)).toBe(false);
    });

    it('opens data that an ordinary user made, as that user', async () => {
      const dataDir = embeddedDirectory();
      await (await start(dataDir)).stop();
      giveTo(NOBODY, join(dataDir, 'cluster'));
      const postgres = await start(dataDir);
      try {
        const [pid] = serverProcesses(join(dataDir, 'cluster'));
        expect(statSync(`/proc/${pid}`).uid).toBe(NOBODY.uid);
      } finally {
        await postgres.stop();
      }
    });

    it('makes data that an ordinary user is told not to be theirs', async () => {
      const dataDir = embeddedDirectory();
      await (await start(dataDir)).stop();
      const options = { clusterDir: join(dataDir, 'cluster'), binaries: embeddedBinaries() };
      // This process takes on that user for a moment: the checkout itself may be out of its reach.
      process.setegid?.(NOBODY.gid);
      process.seteuid?.(NOBODY.uid);
      try {
        await expect(
          ensureCluster({ ...options, account: undefined, isDurable: false, log: () => {} }),
        ).rejects.toMatchObject({ message: expect.stringMatching(/belongs to another user \(uid \d+\)/) });
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    });
  });
} else {
  describe('as an ordinary user', () => {
    it('runs as that user, with the data where it was asked for', async () => {
      const dataDir = embeddedDirectory({ isPrivate: true });
      const postgres = await start(dataDir);
      try {
        const [pid] = serverProcesses(join(dataDir, 'cluster'));
        expect(statSync(`/proc/${pid}`).uid).toBe(process.getuid?.());
      } finally {
        await postgres.stop();
      }
    });
  });
}

function giveTo({ uid, gid }: { uid: number; gid: number }, folder: string): void {
  chownSync(folder, uid, gid);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    chownSync(join(folder, name), uid, gid);
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
