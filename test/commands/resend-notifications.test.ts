import { afterEach, describe, expect, it, vi } from 'vitest';
import resendNotifications from '../../commands/resend-notifications.ts';
import type { FailedNotification, JsonObject, Line, TargetKinds } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import {
  acme,
  answered409,
  cutOff,
  lookAgainOf,
  observationText,
  planOf,
  planText,
  planTime,
  prepared,
  rms,
  runOf,
  type Steps,
  unreachable,
} from './guarded-world.ts';
import { cardText } from './report-of.ts';

type Answer = { status: 'sent' | 'already_delivered' | 'failed'; reason?: string };
type Filter = Parameters<TargetKinds['notifications']['notifications']['failed']>[1];

const catalog = new Map([['resend-notifications', { definition: resendNotifications }]]) as never;
const idOf = (index: number) => `ntf_${String(index).padStart(3, '0')}`;

/** `count` failed emails; a message that goes out is failed no longer. */
function world(count: number, answer: (id: string) => Answer | Error = () => ({ status: 'sent' })) {
  const failed = new Map<string, FailedNotification>();
  // Listed oldest first, which is not the order of the ids.
  for (let index = count - 1; index >= 0; index -= 1) {
    failed.set(idOf(index), {
      id: idOf(index),
      channel: 'email',
      reason: index % 4 === 0 ? `550 no such user ada.moreau+${index}@example.com` : 'timeout',
      failedAt: new Date(planTime.getTime() - (index + 1) * 60_000),
    });
  }
  const sent: { id: string; at: number }[] = [];
  const filters: Filter[] = [];
  const statuses = new Map<string, string>();
  const problems: { statuses?: Error } = {};
  const target: TargetKinds['notifications'] = {
    ...rms(),
    notifications: {
      failed: async (_, filter) => {
        filters.push(filter);
        const all = [...failed.values()].filter(
          ({ id, channel, failedAt }) =>
            channel === filter.channel &&
            (filter.since === undefined || failedAt >= filter.since) &&
            (filter.ids?.includes(id) ?? true),
        );
        return { items: all.slice(0, filter.limit), total: all.length };
      },
      statuses: async () => {
        if (problems.statuses) throw problems.statuses;
        return statuses;
      },
      resend: (_, id) =>
        prepared({ method: 'PATCH', path: `/api/notifications/${id}/resend` }, () => {
          sent.push({ id, at: Date.now() });
          const outcome = answer(id);
          if (outcome instanceof Error) throw outcome;
          if (outcome.status !== 'failed') failed.delete(id);
          return outcome;
        }),
    },
  };
  return { target, failed, sent, filters, statuses, problems, now: () => new Date() };
}

const golden = (name: string) => `../golden/commands/resend-notifications-${name}.txt`;
const place = { target: 'rms', environment: 'production' };

/** Plans, then lets time run until the run has ended. */
async function resend(
  there: ReturnType<typeof world>,
  input: JsonObject = {},
  more: { steps?: Steps; onProgress?: (line: Line) => void; signal?: AbortSignal } = {},
) {
  const planned = await planOf(resendNotifications, { tenant: 'acme', ...input }, there);
  return { planned, report: await runPlanned(planned, there, more) };
}

async function runPlanned(
  planned: Awaited<ReturnType<typeof planOf>>,
  there: ReturnType<typeof world>,
  { signal, ...more }: { steps?: Steps; onProgress?: (line: Line) => void; signal?: AbortSignal } = {},
) {
  const running = runOf(resendNotifications, planned, { ...there, ...(signal && { signal }) }, more);
  running.catch(() => undefined);
  await vi.runAllTimersAsync();
  return running;
}

function stopTheClock() {
  vi.useFakeTimers({ now: planTime });
}

describe('resend-notifications', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  describe('planning', () => {
    it.each<[string, number, object]>([
      ['plan', 240, {}],
      ['plan-one', 1, {}],
      ['plan-past-limit', 9, { limit: 6, since: '2h' }],
      ['plan-named', 9, { id: ['ntf_007', 'ntf_003', 'ntf_404'] }],
    ])('plans as kept in resend-notifications-%s', async (name, count, input) => {
      stopTheClock();
      const planned = await planOf(resendNotifications, { tenant: 'acme', ...input }, world(count));
      const text = planText(planned);
      expect(planned.plan.action!.length).toBeLessThan(24);
      expect(text).not.toContain('@');
      const { effects = [] } = planned.plan;
      expect(effects).toHaveLength(planned.plan.data.count as number);
      const shown = {
        plan: { ...planned.plan, effects: effects.slice(0, 2), data: firstIds(planned.plan.data) },
      };
      await expect(planText({ ...planned, ...shown })).toMatchFileSnapshot(golden(name));
    });

    it('freezes sorted ids and how many there are, with the window in absolute time', async () => {
      stopTheClock();
      const { plan } = await planOf(resendNotifications, { tenant: 'acme', since: '30m' }, world(240));
      expect(plan.data).toEqual({
        tenantId: acme.id,
        channel: 'email',
        since: '2026-11-20T17:45:00.000Z',
        ids: Array.from({ length: 30 }, (_, index) => idOf(index)),
        count: 30,
      });
    });

    it('keeps what was signed to what is still failed, adds nothing, and says so', async () => {
      stopTheClock();
      const there = world(10);
      const { plan } = await planOf(resendNotifications, { tenant: 'acme' }, there);
      there.failed.delete('ntf_003');
      for (const [id, one] of world(30).failed) if (id >= 'ntf_010') there.failed.set(id, one);
      vi.setSystemTime(planTime.getTime() + 900_000);
      const again = await planOf(resendNotifications, { tenant: 'acme' }, there, plan.data);
      const ids = (plan.data.ids as string[]).filter((id) => id !== 'ntf_003');
      expect(again.plan.data).toEqual({ ...plan.data, ids, count: 9 });
      expect(again.plan.effects!.map(({ step }) => step)).toEqual(ids.map((id) => `resend ${id}`));
      expect(planText(again)).toContain('▲ Left out, as no longer failed: 1 of the 10 signed');
    });

    it('refuses when nothing that was signed is failed any more', async () => {
      stopTheClock();
      const there = world(3);
      const { plan } = await planOf(resendNotifications, { tenant: 'acme' }, there);
      there.failed.clear();
      await expect(planOf(resendNotifications, { tenant: 'acme' }, there, plan.data)).rejects.toThrow(
        'Of the 3 emails signed for "acme" none is failed any more on rms (production), so nothing was sent.',
      );
    });

    it('refuses when there is nothing to resend', async () => {
      stopTheClock();
      await expect(planOf(resendNotifications, { tenant: 'acme', channel: 'sms' }, world(3))).rejects.toThrow(
        '"acme" has no failed SMS since 2026-11-19 18:15 UTC on rms (production), so there is nothing to resend.',
      );
      await expect(planOf(resendNotifications, { tenant: 'acme', id: ['ntf_9'] }, world(3))).rejects.toThrow(
        'has no failed emails among the 1 named on rms',
      );
    });

    it.each([
      ['550 <ada@example.com>: unknown', '550 <[address]>: unknown'],
      ['no handset at +49 30 900182-15', 'no handset at [number]'],
      ['blocked 203.0.113.5 since 2026-11-20', 'blocked 203.0.113.5 since 2026-11-20'],
      ['  ', 'no reason given'],
    ])('shows the reason %j as %j', async (reason, shown) => {
      stopTheClock();
      const there = world(1);
      there.failed.set(idOf(0), { ...there.failed.get(idOf(0))!, reason });
      expect(planText(await planOf(resendNotifications, { tenant: 'acme' }, there))).toContain(
        `Why they failed: ${shown} 1`,
      );
    });

    it('looks at named ids whenever they failed', async () => {
      stopTheClock();
      const there = world(3);
      await planOf(resendNotifications, { tenant: 'acme', id: ['ntf_001'] }, there);
      expect(there.filters[0]).not.toHaveProperty('since');
      await planOf(resendNotifications, { tenant: 'acme', id: ['ntf_001'], since: '1h' }, there);
      expect(there.filters[1]).toMatchObject({ since: new Date('2026-11-20T17:15:00Z') });
    });

    it.each(['30m', '2h', '3d', '2 H', '30d'])('reads %s as how far back', (since) => {
      const { input, problems } = parseInvocation(`resend-notifications acme --since "${since}"`, catalog);
      expect(problems).toEqual([]);
      expect(input.since).toBe(since);
    });

    it.each(['soon', '2', '0h', '-1h', '31d', '2w', '1h30m', '99999d'])(
      'refuses %s where it is typed',
      (since) => {
        const { problems } = parseInvocation(`resend-notifications acme --since "${since}"`, catalog);
        expect(problems).toEqual([
          {
            argument: 'since',
            message: 'Give how far back in minutes, hours or days, such as 30m, 2h or 3d; at most 30d.',
          },
        ]);
      },
    );
  });

  describe('running', () => {
    it('resends each once, in the signed order, at most twenty a second', async () => {
      stopTheClock();
      const there = world(40);
      const lines: Line[] = [];
      const { report } = await resend(there, {}, { onProgress: (line) => lines.push(line) });
      expect(there.sent.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, index) => idOf(index)));
      const pauses = there.sent.slice(1).map(({ at }, index) => at - there.sent[index]!.at);
      expect(Math.min(...pauses)).toBe(50);
      expect(Math.max(...pauses)).toBe(50);
      expect(lines[15]).toBe('▓▓▓░░░░░ 16 of 40');
      expect(lines.at(-1)).toBe('▓▓▓▓▓▓▓▓ 40 of 40');
      expect(report.status).toBe('ok');
      await expect(cardText('resend-notifications acme', report, place)).toMatchFileSnapshot(golden('sent'));
    });

    it('goes on past items that fail, and tells each outcome apart', async () => {
      stopTheClock();
      const lines: Line[] = [];
      const there = world(12, (id) => {
        if (id === 'ntf_002') return answered409();
        if (id === 'ntf_003') return cutOff();
        if (id === 'ntf_004') return { status: 'failed', reason: 'mailbox full of grace@example.com' };
        if (id === 'ntf_005') return { status: 'already_delivered' };
        return { status: 'sent' };
      });
      there.statuses.set('ntf_003', 'pending');
      const { report } = await resend(there, {}, { onProgress: (line) => lines.push(line) });
      expect(there.sent).toHaveLength(12);
      expect(lines.at(-1)).toBe('▓▓▓▓▓▓▓▓ 12 of 12 · 2 failed · 1 unknown');
      expect(report.status).toBe('unknown');
      const text = cardText('resend-notifications acme', report, place);
      expect(text).not.toContain('grace@');
      await expect(text).toMatchFileSnapshot(golden('mixed'));
    });

    it('says when nobody could be asked about the unknown', async () => {
      stopTheClock();
      const there = world(2, (id) => (id === 'ntf_001' ? cutOff() : { status: 'sent' }));
      there.problems.statuses = unreachable();
      const { report } = await resend(there);
      await expect(cardText('resend-notifications acme', report, place)).toMatchFileSnapshot(
        golden('unknown'),
      );
    });

    it.each<[string, () => Error]>([
      ['lost', cutOff],
      ['unreachable', unreachable],
    ])('stops after five in a row that are %s, and says what was not tried', async (name, problem) => {
      stopTheClock();
      const there = world(20, (id) => (id >= 'ntf_004' ? problem() : { status: 'sent' }));
      const { report } = await resend(there);
      expect(there.sent).toHaveLength(9);
      expect(report.status).toBe('bad');
      expect(report.headline.length).toBeLessThanOrEqual(88);
      await expect(cardText('resend-notifications acme', report, place)).toMatchFileSnapshot(
        golden(`stopped-${name}`),
      );
    });

    it('counts only calls without an answer towards stopping', async () => {
      stopTheClock();
      const answers = [cutOff, cutOff, cutOff, cutOff, answered409];
      const there = world(15, (id) => answers[Number(id.slice(4)) % 5]!());
      const { report } = await resend(there);
      expect(there.sent).toHaveLength(15);
      expect(report.headline).toBe('acme: 12 unknown, 3 failed; 0 of 15 emails resent');
    });

    it('sends nothing more once it is cancelled', async () => {
      stopTheClock();
      const cancelled = new AbortController();
      const there = world(20, (id) => {
        if (id === 'ntf_006') cancelled.abort(new Error('cancelled by grace'));
        return { status: 'sent' };
      });
      await expect(resend(there, {}, { signal: cancelled.signal })).rejects.toThrow('cancelled by grace');
      expect(there.sent).toHaveLength(7);
    });

    it('is cancelled in the pause between two calls too', async () => {
      stopTheClock();
      const cancelled = new AbortController();
      const there = world(20);
      setTimeout(() => cancelled.abort(new Error('cancelled by grace')), 120);
      await expect(resend(there, {}, { signal: cancelled.signal })).rejects.toThrow('cancelled by grace');
      expect(there.sent.map(({ at }) => at - planTime.getTime())).toEqual([0, 50, 100]);
    });

    it('resends nothing again when it is taken up after a crash, and does not wait for what is done', async () => {
      stopTheClock();
      const steps: Steps = new Map();
      const crash = new AbortController();
      const there = world(40, (id) => {
        if (id === 'ntf_029') crash.abort(new Error('killed'));
        return id === 'ntf_007' ? cutOff() : { status: 'sent' };
      });
      const planned = await planOf(resendNotifications, { tenant: 'acme' }, there);
      await expect(runPlanned(planned, there, { steps, signal: crash.signal })).rejects.toThrow('killed');
      expect(there.sent).toHaveLength(30);
      const before = Date.now();
      const report = await runPlanned(planned, there, { steps });
      expect(new Set(there.sent.map(({ id }) => id)).size).toBe(40);
      expect(there.sent).toHaveLength(40);
      expect(there.sent[30]!.at - before).toBe(0);
      expect(there.sent[39]!.at - before).toBe(450);
      expect(report.headline).toBe('acme: 1 unknown; 39 of 40 emails resent');
    });

    it('offers the rest in words that are read again', async () => {
      stopTheClock();
      const there = world(3, () => ({ status: 'failed', reason: 'mailbox full' }));
      const { report } = await resend(there, { since: '90m', target: 'rms 2' });
      const again = parseInvocation(report.suggestions![0]!.invocation, catalog);
      expect(again).toMatchObject({
        input: { tenant: 'acme', channel: 'email', since: '2h', target: 'rms 2' },
        missing: [],
        problems: [],
      });
      const named = await resend(there, { id: ['ntf_001'] });
      expect(named.report.suggestions).toBeUndefined();
    });
  });

  it('looks again honestly', async () => {
    stopTheClock();
    const there = world(3);
    const planned = await planOf(resendNotifications, { tenant: 'acme' }, there);
    const look = () => lookAgainOf(resendNotifications, planned, there);
    for (const [index, status] of ['delivered', 'failed', 'sent'].entries())
      there.statuses.set(idOf(index), status);
    const some = await look();
    expect(some.happened).toBe('unclear');
    await expect(observationText(some)).toMatchFileSnapshot(golden('look-again'));
    there.statuses.set('ntf_001', 'sent');
    expect((await look()).happened).toBe('yes');
    there.statuses.delete('ntf_001');
    expect((await look()).happened).toBe('unclear');
    there.problems.statuses = unreachable();
    expect((await look()).happened).toBe('unclear');
  });
});

/** The rest of the ids says nothing more. */
function firstIds(data: JsonObject): JsonObject {
  return { ...data, ids: (data.ids as string[]).slice(0, 3) };
}
