import net from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { testBrowser } from './browser.ts';
import { testDatabase } from './database.ts';
import { ownRedis, testRedis } from './redis.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

const database = await testDatabase();

describe('the test database', () => {
  it('is migrated and logs in as the bot', async () => {
    const { rows } = await database.pool.query(
      `SELECT current_user AS "user", current_database() AS "database",
              (SELECT count(*)::int FROM countersign.migrations) > 0 AS "isMigrated"`,
    );
    expect(rows).toEqual([{ user: 'countersign_app', database: database.name, isMigrated: true }]);
  });
});

describe('the TCP proxy', async () => {
  const proxy = await TcpProxy.to(database.appUrl);
  afterAll(() => proxy.stop());
  const connectThrough = async () => {
    const client = new pg.Client({ connectionString: proxy.through(database.appUrl) });
    client.on('error', () => {});
    await client.connect();
    return client;
  };

  it('forwards, and cuts what is open while new connections pass', async () => {
    const client = await connectThrough();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    const ended = new Promise((resolve) => client.once('end', resolve));
    proxy.cut();
    await ended;
    const second = await connectThrough();
    await second.end();
  });

  it('refuses connections until it is resumed', async () => {
    await proxy.refuse();
    await expect(connectThrough()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.resume();
    const client = await connectThrough();
    await client.end();
  });

  it('carries nothing while it is a black hole and delivers it afterwards', async () => {
    const client = await connectThrough();
    proxy.blackhole();
    let isAnswered = false;
    const answer = client.query('SELECT 2 AS two').then(({ rows }) => {
      isAnswered = true;
      return rows;
    });
    const silent = net.connect(proxy.port, '127.0.0.1');
    await until(() => proxy.connectionCount === 2);
    silent.destroy();
    expect(isAnswered).toBe(false);
    await proxy.resume();
    expect(await answer).toEqual([{ two: 2 }]);
    await client.end();
  });
});

describe('Redis', () => {
  it('is shared by all files', async () => {
    const { url, keyPrefix } = await testRedis();
    const redis = new Redis(url);
    expect(await redis.set(`${keyPrefix}greeting`, 'hello')).toBe('OK');
    await redis.quit();
  });

  it('can be a test’s own and stop', async () => {
    const server = await ownRedis();
    const redis = new Redis(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => {});
    expect(await redis.ping()).toBe('PONG');
    const closed = new Promise((resolve) => redis.once('end', resolve));
    await server.stop();
    await closed;
  });
});

describe('the browser', async () => {
  const browser = await testBrowser();

  it('renders a page', async () => {
    const page = await browser.newPage();
    await page.setContent('<h1>Hello</h1>');
    expect(await page.textContent('h1')).toBe('Hello');
  });
});

describe('until', () => {
  it('returns what the condition gives', async () => {
    let asked = 0;
    expect(await until(() => (++asked > 2 ? `asked ${asked} times` : undefined))).toBe('asked 3 times');
  });

  it('says what it waited for when the deadline passes', async () => {
    await expect(until(() => false, { deadlineMilliseconds: 20, waitingFor: 'godot' })).rejects.toThrow(
      /20 ms waiting for godot/,
    );
  });
});
