import { describe, expect, it } from 'vitest';
import silenceCommand from '../../commands/silence.ts';
import silences from '../../commands/silences.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { alertWorld, silence } from './alert-world.ts';
import { cardText, reportOf } from './report-of.ts';

const golden = (name: string) => `../golden/commands/${name}.txt`;
const asked = { service: 'payments', for: '2h', reason: 'migration' };

describe('silence', () => {
  it.each([
    ['silence-begun', asked, silence()],
    ['silence-nothing-fires', asked, silence({ hiddenGroups: 0, hiddenAlerts: 0 })],
  ])('reads as kept in %s', async (name, input, begun) => {
    const report = await reportOf(silenceCommand, input, { countersign: alertWorld({ silences: [begun] }) });
    await expect(cardText('silence', report)).toMatchFileSnapshot(golden(name));
  });

  it('silences what all of the given fields match, of a label’s several values any', async () => {
    const countersign = alertWorld();
    const typed =
      'silence --title "Queue*, payments" --tenant acme --label pod=api-7,pod=api-8 --label expr=a=b --for 90m they know';
    const { input, missing, problems } = parseInvocation(typed, await loadCommands());
    expect([missing, problems]).toEqual([[], []]);
    await reportOf(silenceCommand, input as never, { countersign });
    expect(countersign.begun).toEqual([
      {
        match: {
          tenant: ['acme'],
          title: ['Queue*, payments'],
          labels: { pod: ['api-7', 'api-8'], expr: ['a=b'] },
        },
        minutes: 90,
        reason: 'they know',
      },
    ]);
  });

  it.each([
    ['nothing', {}],
    ['only stars', { service: '*', title: '**' }],
    ['a label with any value', { label: ['pod=*'] }],
  ])('never silences everything: %s', async (_, match) => {
    const countersign = alertWorld();
    const all = reportOf(silenceCommand, { for: '2h', reason: 'migration', ...match }, { countersign });
    await expect(all).rejects.toMatchObject({ code: 'silence_of_everything' });
    expect(countersign.begun).toEqual([]);
  });

  it.each(['2', '0m', 'forever', '31d', '-1h', '1.5h', '721h'])('refuses %j as a time', async (time) => {
    const countersign = alertWorld();
    const report = reportOf(silenceCommand, { ...asked, for: time }, { countersign });
    await expect(report).rejects.toMatchObject({ code: 'bad_duration' });
    await expect(report).rejects.toThrow(`"${time}" is not a time`);
    expect(countersign.begun).toEqual([]);
  });

  it.each([
    ['30d', 43_200],
    ['1 H', 60],
  ])('takes %j as a time', async (time, minutes) => {
    const countersign = alertWorld();
    await reportOf(silenceCommand, { ...asked, for: time }, { countersign });
    expect(countersign.begun[0]?.minutes).toBe(minutes);
  });
});

describe('silences', () => {
  const ended = silence({ id: 9, isEnded: true, matches: 'title Disk*', hiddenGroups: 1, hiddenAlerts: 1 });
  const many = [1, 2, 3, 4].map((id) => silence({ id, hiddenGroups: id === 1 ? 9 : 0, hiddenAlerts: id }));

  it.each([
    [
      'silences-some',
      [silence(), silence({ id: 14, owner: 'U0GRACE', hiddenGroups: 0, hiddenAlerts: 0 }), ended],
    ],
    ['silences-ended', [ended]],
    ['silences-none', []],
  ])('reads as kept in %s', async (name, listed) => {
    const report = await reportOf(silences, {}, { countersign: alertWorld({ silences: listed }) });
    await expect(cardText('silences', report)).toMatchFileSnapshot(golden(name));
  });

  it('ends one by its number, and lists nothing then', async () => {
    const countersign = alertWorld({ silences: [silence()] });
    const report = await reportOf(silences, { end: 12 }, { countersign });
    expect(countersign.ended).toEqual([12]);
    await expect(cardText('silences --end 12', report)).toMatchFileSnapshot(golden('silences-end'));
  });

  it('offers to end the three that hide most, in words that are read the same again', async () => {
    const { suggestions } = await reportOf(silences, {}, { countersign: alertWorld({ silences: many }) });
    const commands = await loadCommands();
    const read = suggestions?.map(({ invocation }) => parseInvocation(invocation, commands).input);
    expect(read).toEqual([{ end: 1 }, { end: 2 }, { end: 3 }]);
  });
});
