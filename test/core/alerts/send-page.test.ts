import { describe, expect, it } from 'vitest';
import {
  type OutgoingPage,
  pageSubject,
  type SendPageContext,
  sendPages,
} from '../../../src/core/alerts/send-page.ts';
import { maybeGroup } from '../../../src/postgres/alerts/groups.ts';
import { maybeNextPage, pagePutOff, pageSent } from '../../../src/postgres/alerts/pages.ts';
import { testDatabase } from '../../support/database.ts';
import { type AlertWorld, alertWorld } from './alert-world.ts';

const database = await testDatabase();
type Outcome = Awaited<ReturnType<SendPageContext['send']>>;

/** PagerDuty that answers as it is told, and remembers what it heard. */
function pager(world: AlertWorld, ...answers: Outcome[]) {
  const heard: { page: OutgoingPage; attempt: number }[] = [];
  const later: number[] = [];
  const told: string[] = [];
  const { workspaceId, pool } = world;
  const context: SendPageContext = {
    workspaceId,
    settings: world.context.settings,
    maybeNextPage: (groupId) => maybeNextPage(pool, workspaceId, groupId),
    pageSent: (id, problem) => pageSent(pool, workspaceId, id, problem),
    pagePutOff: (id) => pagePutOff(pool, workspaceId, id),
    maybeSubject: async (id) => {
      const group = await maybeGroup(pool, workspaceId, id);
      return group && pageSubject(group);
    },
    cardLink: async (id) => `https://slack.example/${id}`,
    send: async (page, attempt) => {
      heard.push({ page, attempt });
      return answers.shift() ?? 'accepted';
    },
    again: async (_, milliseconds) => void later.push(milliseconds),
    onRefused: async ({ id }, _, why) => void told.push(`${id}: ${why}`),
  };
  return { context, heard, later, told, actions: () => heard.map(({ page }) => page.action) };
}

async function paged(): Promise<AlertWorld> {
  const world = alertWorld(database.pool);
  await world.hear({ signals: [{ severity: 'critical', service: 'pay', environment: 'production' }] });
  await world.act('g-0001', { action: 'acknowledge' });
  await world.hear({ signals: [{ status: 'resolved' }] });
  return world;
}

describe('what PagerDuty is told of a group', () => {
  it('comes in order, under one key, each thing once', async () => {
    const world = await paged();
    const { context, heard, actions } = pager(world);
    await sendPages('g-0001', context);
    await sendPages('g-0001', context);
    expect(actions()).toEqual(['trigger', 'acknowledge', 'resolve']);
    expect(new Set(heard.map(({ page }) => page.dedupKey))).toEqual(
      new Set([`countersign/${world.workspaceId}/g-0001`]),
    );
    expect(heard.map(({ page }) => page.clientUrl)).toEqual([
      'https://slack.example/g-0001',
      undefined,
      undefined,
    ]);
    expect(heard[0]?.page).toMatchObject({
      summary: 'CRITICAL Checkout is slow (pay, production), 0 firing',
      source: 'pay',
      severity: 'critical',
    });
  });

  it('waits behind what may not have arrived, and says it again', async () => {
    const world = await paged();
    const answer = { kind: 'later', afterMilliseconds: 2_000, why: 'PagerDuty answered 503' } as const;
    const { context, later, heard, actions } = pager(world, answer, answer);
    await sendPages('g-0001', context);
    await sendPages('g-0001', context);
    expect([actions(), later]).toEqual([
      ['trigger', 'trigger'],
      [2_000, 2_000],
    ]);
    await sendPages('g-0001', context);
    expect(heard.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 1, 1]);
    expect(actions().slice(2)).toEqual(['trigger', 'acknowledge', 'resolve']);
  });

  it('is told to people where PagerDuty will never take it', async () => {
    const world = await paged();
    const { context, told, actions } = pager(
      world,
      { kind: 'refused', why: 'the key is wrong' },
      { kind: 'refused', why: 'the key is wrong' },
    );
    await sendPages('g-0001', context);
    expect(told).toEqual(['g-0001: the key is wrong']);
    await sendPages('g-0001', context);
    expect(actions()).toEqual(['trigger', 'acknowledge', 'resolve']);
  });

  it('is told by one process at a time; the other looks again', async () => {
    const world = await paged();
    const other = pager(world);
    const { context, actions } = pager(world);
    await sendPages('g-0001', {
      ...context,
      send: async (page, attempt) => {
        if (page.action === 'trigger') await sendPages('g-0001', other.context);
        return context.send(page, attempt);
      },
    });
    expect(actions()).toEqual(['trigger', 'acknowledge', 'resolve']);
    expect(other.heard).toEqual([]);
    expect(other.later).toEqual([expect.any(Number)]);
  });

  it('does not wait for a link to its card', async () => {
    const world = await paged();
    const { context, heard } = pager(world);
    await sendPages('g-0001', { ...context, cardLink: () => Promise.reject(new Error('Slack is away')) });
    expect(heard[0]?.page.clientUrl).toBeUndefined();
  });

  it('is nothing of a group that is gone, or once it is not configured', async () => {
    const world = await paged();
    const { context, heard } = pager(world);
    world.set({ escalation: { pagerduty: undefined } });
    await sendPages('g-0001', context);
    world.set({});
    await world.rows('DELETE FROM countersign.alert_groups WHERE workspace_id = $1');
    await sendPages('g-0001', context);
    expect(heard).toEqual([]);
    expect(
      await world.rows('SELECT DISTINCT problem FROM countersign.pages WHERE workspace_id = $1'),
    ).toEqual([{ problem: 'what it was about is gone' }]);
  });
});
