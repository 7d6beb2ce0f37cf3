import { describe, expect, it } from 'vitest';
import alerts from '../../commands/alerts.ts';
import type { Report } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { type AlertWorld, alertWorld, group, source } from './alert-world.ts';
import { cardText, reportOf } from './report-of.ts';

const warning = group({
  id: 'g-2',
  severity: 'warning',
  title: 'DiskFilling <!channel>',
  service: undefined,
  tenant: 'acme',
  firing: 1,
  acknowledgedBy: 'U0GRACE',
  permalink: undefined,
});
const over = group({ state: 'resolved', firing: 0, resolvedAt: new Date('2026-11-20T18:10:00Z') });

describe('alerts', () => {
  it.each<[string, Report['status'], object, AlertWorld]>([
    ['firing', 'bad', {}, { groups: [group(), warning], hidden: 2 }],
    ['only-warnings', 'warning', {}, { groups: [warning] }],
    ['many', 'bad', {}, { groups: [group(), warning], more: 1_204 }],
    ['firing-and-silent', 'bad', {}, { groups: [group()], sources: [source({ isSilent: true })] }],
    ['with-resolved', 'bad', { all: true }, { groups: [group(), over] }],
    ['nothing', 'ok', {}, { hidden: 1 }],
    ['nothing-there', 'ok', { service: 'payments', all: true }, { groups: [over] }],
    [
      'nothing-but-silent',
      'unknown',
      {},
      { sources: [source({ isSilent: true }), source({ name: 'kuma' })] },
    ],
    ['no-sources', 'unknown', {}, { sources: [] }],
  ])('reads as kept in alerts-%s, %s', async (name, status, input, world) => {
    const report = await reportOf(alerts, input as never, { countersign: alertWorld(world) });
    expect(report.status).toBe(status);
    await expect(cardText('alerts', report)).toMatchFileSnapshot(`../golden/commands/alerts-${name}.txt`);
  });

  it.each([
    ['alerts', { state: 'firing', limit: 30 }],
    [
      'alerts "pay ments" --source prometheus --all',
      { state: 'all', service: 'pay ments', source: 'prometheus', limit: 30 },
    ],
  ])('asks for what was typed, and offers the same again: %s', async (typed, filter) => {
    const commands = await loadCommands();
    const countersign = alertWorld();
    const { input } = parseInvocation(typed, commands);
    const { suggestions } = await reportOf(alerts, input as never, { countersign });
    expect(countersign.asked).toEqual([filter]);
    expect(parseInvocation(suggestions![0]!.invocation, commands).input).toEqual(input);
  });

  it('makes no link of a title', async () => {
    const titled = group({ title: 'https://evil.example' });
    const { lines } = await reportOf(alerts, {}, { countersign: alertWorld({ groups: [titled] }) });
    const links = lines!
      .flatMap((line) => (typeof line === 'string' ? [] : line))
      .filter((span) => typeof span === 'object' && 'link' in span);
    expect(links).toEqual([{ link: group().permalink, label: 'card' }]);
  });
});
