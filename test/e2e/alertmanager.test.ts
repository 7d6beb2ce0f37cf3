import { beforeAll, describe, expect, it } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { alertOf, mentionsIn, startMonitored } from './monitored.ts';

/** Shorter than people write, so that a test can wait for it; longer than a busy machine holds its breath. */
const expectEverySeconds = 8;

describe('what a real Alertmanager tells', async () => {
  const monitored = await startMonitored();
  const { alertmanager, road } = monitored;
  const bot = await startTestCountersign({
    mode: 'http',
    in: monitored.surroundings,
    changeSettings: (settings) => {
      const { sources } = settings.alerts;
      const watched = { ...sources.watched!, expectEveryMinutes: expectEverySeconds / 60 };
      return { ...settings, alerts: { ...settings.alerts, sources: { ...sources, watched } } };
    },
  });
  road.leadTo({ host: '127.0.0.1', port: bot.countersign.port });
  const { pool } = bot.database;
  /** For what this timer waits for. */
  const passMinutes = async (key: string, minutes: number) => {
    await pool.query('UPDATE countersign.alerts SET resolved_at = resolved_at - make_interval(mins => $1)', [
      minutes,
    ]);
    await pool.query(
      // Added again under its key, which replaces it and wakes the worker.
      `SELECT graphile_worker.add_job(tasks.identifier, jobs.payload, job_key => jobs.key)
       FROM graphile_worker._private_jobs jobs JOIN graphile_worker._private_tasks tasks ON tasks.id = jobs.task_id
       WHERE jobs.key = $1`,
      [key],
    );
  };
  const watchdog = () => alertmanager.post(alertOf('Watchdog', { severity: 'none' }));
  beforeAll(watchdog);

  it('shows a group on one card: what fires, what joins, what is over, and no repeats', async () => {
    const alert = (instance: string, endsAt?: Date) =>
      alertOf('CheckoutErrors', { instance, repeats: 'often' }, endsAt === undefined ? {} : { endsAt });
    await alertmanager.post(alert('one'));
    const card = await monitored.card('CheckoutErrors', /1 firing/);
    expect(card.text).toBe('CRITICAL payments-api: CheckoutErrors (production)');
    const said = cardText(card);
    expect(said).toContain('CheckoutErrors was noticed');
    expect(said).toContain('https://prometheus.example.com/graph?g0.expr=up');
    expect(said).toContain('https://runbooks.example.com/payments');
    // As its receiver is called, which it quotes on the way: ops\.bot.
    expect(said).toContain('https://alertmanager.example.com/#/alerts?receiver=ops');
    expect(mentionsIn(card, 'U0GRACE')).toBe(1);
    expect(mentionsIn(card, 'S0ONCALL')).toBe(1);

    await alertmanager.post(alert('one'), alert('two'));
    await monitored.card('CheckoutErrors', /2 firing.*instance: one, two/s);
    await until(async () => ((await monitored.group('CheckoutErrors'))?.counts.two ?? 0) >= 3, {
      deadlineMilliseconds: 15_000,
      waitingFor: 'the group to be told again, twice',
    });
    await alertmanager.post(alert('two', new Date()));
    await monitored.card('CheckoutErrors', /⛔.*1 firing, 1 resolved/s);
    await alertmanager.post(alert('one', new Date()));
    const over = await monitored.card('CheckoutErrors', /✓ RESOLVED.*2 resolved/s);
    await bot.quiet();
    expect(over.ts).toBe(card.ts);
    expect(monitored.messages('CheckoutErrors')).toHaveLength(1);
    expect(await monitored.group('CheckoutErrors')).toMatchObject({ state: 'resolved', reopenedCount: 0 });
  });

  it('calls people once when a critical joins a warning, where all can see it', async () => {
    const warning = alertOf('DiskFilling', { severity: 'warning', repeats: 'often' });
    const critical = alertOf('DiskFilling', { repeats: 'often', instance: 'two' });
    await alertmanager.post(warning);
    const card = await monitored.card('DiskFilling', /● WARNING/);
    expect(mentionsIn(card, 'U0GRACE')).toBe(0);
    await alertmanager.post(warning, critical);
    await monitored.card('DiskFilling', /⛔ CRITICAL.*2 firing/s);
    await until(async () => ((await monitored.group('DiskFilling'))?.counts.two ?? 0) >= 3, {
      deadlineMilliseconds: 15_000,
      waitingFor: 'it to be told again, twice',
    });
    await bot.quiet();
    const [first, reply, ...others] = monitored.messages('DiskFilling');
    expect(first?.ts).toBe(card.ts);
    expect(others).toEqual([]);
    expect(reply).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(cardText(reply!)).toContain('⛔ CRITICAL now, was WARNING: payments-api: DiskFilling');
    expect([first!, reply!].map((message) => mentionsIn(message, 'U0GRACE'))).toEqual([0, 1]);
    expect([first!, reply!].map((message) => mentionsIn(message, 'S0ONCALL'))).toEqual([0, 1]);
    await alertmanager.post({ ...warning, endsAt: new Date() }, { ...critical, endsAt: new Date() });
    await monitored.card('DiskFilling', /✓ RESOLVED/);
  });

  it('takes nothing for resolved that Alertmanager only silences, and goes on with it afterwards', async () => {
    const startsAt = new Date();
    const alert = (instance: string, endsAt?: Date) =>
      alertOf('QueueFull', { instance }, { startsAt, ...(endsAt && { endsAt }) });
    await alertmanager.post(alert('hidden'), alert('seen'));
    const card = await monitored.card('QueueFull', /2 firing/);
    const silence = await alertmanager.silence({ alertname: 'QueueFull', instance: 'hidden' });
    await until(async () => (await alertmanager.alerts()).some(({ state }) => state === 'suppressed'));
    await monitored.looked();
    // Its notification now says "resolved" of the group, because all it does not hide is over.
    await alertmanager.post(alert('seen', new Date()));
    await monitored.card('QueueFull', /1 firing, 1 resolved/);
    const before = await monitored.countDeliveries('prometheus');
    await alertmanager.endSilence(silence);
    // It comes again, with the start it had.
    await until(async () => (await monitored.countDeliveries('prometheus')) > before, {
      deadlineMilliseconds: 10_000,
      waitingFor: 'Alertmanager to tell of it again',
    });
    expect(await monitored.group('QueueFull')).toMatchObject({
      state: 'firing',
      firing: 1,
      reopenedCount: 0,
    });
    await alertmanager.post(alert('hidden', new Date()));
    await monitored.card('QueueFull', /✓ RESOLVED.*2 resolved/s);
    await bot.quiet();
    expect(monitored.messages('QueueFull').map(({ ts }) => ts)).toEqual([card.ts]);
  });

  it('hears nothing of what is silenced there as a whole, and of its end only once it is over', async () => {
    const alert = alertOf('TlsExpires');
    await alertmanager.post(alert);
    const card = await monitored.card('TlsExpires', /1 firing/);
    const silence = await alertmanager.silence({ alertname: 'TlsExpires' });
    await until(async () =>
      (await alertmanager.alerts()).some(
        ({ labels, state }) => labels.alertname === 'TlsExpires' && state === 'suppressed',
      ),
    );
    await monitored.looked();
    expect(await monitored.group('TlsExpires')).toMatchObject({ state: 'firing', counts: { one: 1 } });
    await alertmanager.endSilence(silence);
    await alertmanager.post({ ...alert, endsAt: new Date() });
    expect((await monitored.card('TlsExpires', /✓ RESOLVED/)).ts).toBe(card.ts);
  });

  it('does not lose what fires again under its old start: no copy of it is followed by another end', async () => {
    const alert = alertOf('ComesBack', {}, { startsAt: new Date() });
    await alertmanager.post(alert);
    const card = await monitored.card('ComesBack', /1 firing/);
    await alertmanager.post({ ...alert, endsAt: new Date() });
    await monitored.card('ComesBack', /✓ RESOLVED/);
    // As when Prometheus could not reach it for a while. Told once, and not again for an hour.
    await alertmanager.post(alert);
    const lookAgain = await until(
      async () => {
        const { id } = (await monitored.group('ComesBack'))!;
        const { rows } = await pool.query<{ key: string }>(
          "SELECT key FROM graphile_worker._private_jobs WHERE key LIKE 'look_again:%' || $1",
          [id],
        );
        return rows[0]?.key;
      },
      { deadlineMilliseconds: 10_000, waitingFor: 'the bot to mean to look again' },
    );
    expect(await monitored.group('ComesBack')).toMatchObject({ state: 'resolved' });
    await passMinutes(lookAgain, 10);
    await monitored.card('ComesBack', /⛔ CRITICAL.*1 firing/s);
    await bot.quiet();
    const [first, again, ...others] = monitored.messages('ComesBack');
    expect([first?.ts, others]).toEqual([card.ts, []]);
    expect(again).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(mentionsIn(again!, 'U0GRACE')).toBe(1);
  });

  it('says with /ops monitoring-status that a source is refused whose token is wrong, and shows nothing of it', async () => {
    await alertmanager.post(alertOf('Mistyped'));
    await until(
      async () =>
        (await alertmanager.metric('alertmanager_notifications_failed_total', { integration: 'webhook' })) >
        0,
      { deadlineMilliseconds: 10_000, waitingFor: 'Alertmanager to be refused' },
    );
    const said = await until(
      async () => {
        const text = cardText(await bot.ask('ada', 'monitoring-status'));
        return text.includes('Refused') ? text : undefined;
      },
      { deadlineMilliseconds: 10_000 },
    );
    expect(said).toMatch(
      /Refused mistyped \(alertmanager\): .*bearer token is not one of this source's secrets/,
    );
    expect(await monitored.group('Mistyped')).toBeUndefined();
    expect(monitored.messages('Mistyped')).toEqual([]);
  });

  it('takes the Watchdog for a sign of life, and misses it', async () => {
    const heard = await monitored.countDeliveries('watched');
    await until(async () => (await monitored.countDeliveries('watched')) > heard + 1, {
      deadlineMilliseconds: 10_000,
      waitingFor: 'the Watchdog to be told again, twice',
    });
    expect(monitored.messages('Watchdog')).toEqual([]);
    expect(monitored.messages('watched has fallen silent')).toEqual([]);
    await alertmanager.stop();
    const card = await monitored.card('watched has fallen silent', /▲ HIGH/);
    await alertmanager.start();
    await watchdog();
    expect((await monitored.card('watched has fallen silent', /✓ RESOLVED/)).ts).toBe(card.ts);
  });
});
