import { describe, expect, it } from 'vitest';
import incidents from '../../commands/incidents.ts';
import type { Report } from '../../src/command.ts';
import { type IncidentWorld, incident, incidentWorld } from './incident-world.ts';
import { cardText, reportOf } from './report-of.ts';

const minor = incident({
  id: 'i-2',
  severity: 'SEV4',
  title: 'Slow <!channel> https://evil.example',
  commander: undefined,
  target: undefined,
  tenants: [],
  permalink: undefined,
  declaredAt: new Date('2026-11-17T14:15:00Z'),
});
const over = incident({
  id: 'i-3',
  severity: 'SEV1',
  status: 'resolved',
  declaredAt: new Date('2026-11-02T10:00:00Z'),
  resolvedAt: new Date('2026-11-02T12:05:00Z'),
});

describe('incidents', () => {
  it.each<[string, Report['status'], object, IncidentWorld]>([
    ['open', 'bad', {}, { incidents: [incident(), minor, over] }],
    ['minor', 'warning', {}, { incidents: [minor] }],
    ['none', 'ok', {}, { incidents: [over] }],
    ['all', 'bad', { since: '30d', state: 'all' }, { incidents: [incident(), minor, over] }],
    ['over', 'info', { since: '30d' }, { incidents: [over] }],
    ['none-since', 'ok', { since: '12h', state: 'open' }, { incidents: [minor] }],
    [
      'many',
      'bad',
      {},
      { incidents: Array.from({ length: 53 }, (_, index) => incident({ id: `i-${index}` })) },
    ],
  ])('reads as kept in incidents-%s, %s', async (name, status, input, world) => {
    const report = await reportOf(incidents, input as never, { countersign: incidentWorld(world) });
    expect(report.status).toBe(status);
    await expect(cardText('incidents', report)).toMatchFileSnapshot(
      `../golden/commands/incidents-${name}.txt`,
    );
  });

  it.each([
    [{}, { limit: 50, state: 'open' }],
    [{ since: '30d' }, { limit: 50, state: 'all', since: new Date('2026-10-21T18:15:00Z') }],
    [
      { since: '2h', state: 'open' },
      { limit: 50, state: 'open', since: new Date('2026-11-20T16:15:00Z') },
    ],
    [{ state: 'all' }, { limit: 50, state: 'all' }],
  ])('asks for what was typed: %j', async (input, filter) => {
    const countersign = incidentWorld();
    await reportOf(incidents, input, { countersign });
    expect(countersign.calls).toEqual([['list', filter]]);
  });

  it.each(['30', 'yesterday', '-1d', '9999999d'])('refuses %j as a time', async (since) => {
    const countersign = incidentWorld();
    await expect(reportOf(incidents, { since }, { countersign })).rejects.toMatchObject({
      code: 'bad_duration',
    });
    expect(countersign.calls).toEqual([]);
  });

  it('makes no link of a title', async () => {
    const { lines } = await reportOf(incidents, {}, { countersign: incidentWorld({ incidents: [minor] }) });
    expect(JSON.stringify(lines)).not.toContain('"link"');
  });
});
