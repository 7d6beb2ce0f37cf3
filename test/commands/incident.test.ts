import { describe, expect, it } from 'vitest';
import cancelTimer from '../../commands/incident/cancel-timer.ts';
import commander from '../../commands/incident/commander.ts';
import declare from '../../commands/incident/declare.ts';
import exportDraft from '../../commands/incident/export.ts';
import linkAlert from '../../commands/incident/link.ts';
import pageLevel2 from '../../commands/incident/page.ts';
import postmortem from '../../commands/incident/postmortem.ts';
import reopen from '../../commands/incident/reopen.ts';
import resolve from '../../commands/incident/resolve.ts';
import severity from '../../commands/incident/severity.ts';
import timeline from '../../commands/incident/timeline.ts';
import update from '../../commands/incident/update.ts';
import note from '../../commands/note.ts';
import { code, person, type TimelineEntry } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { type IncidentWorld, incident, incidentId, incidentWorld } from './incident-world.ts';
import { cardText, reportOf } from './report-of.ts';

const golden = (name: string) => `../golden/commands/incident-${name}.txt`;
const resolved = incident({
  status: 'resolved',
  resolvedAt: new Date('2026-11-20T18:10:00Z'),
  timers: [
    { kind: 'postmortem_24h', dueAt: new Date('2026-11-21T18:10:00Z') },
    { kind: 'postmortem_due', dueAt: new Date('2026-11-22T18:10:00Z') },
  ],
});
const url = 'https://wiki.example.com/postmortems/7';
const inTheWay = [
  [code('g-7k2m9q4x'), ' still fires: QueueTooLong'],
  'rms is not ready: database down',
  'third',
  'fourth',
  'fifth',
];

describe('what people do in an incident', () => {
  it.each<[string, unknown, object, IncidentWorld]>([
    ['declare', declare, { title: 'Emails are stuck', severity: 'SEV1' }, { incidents: [] }],
    ['update', update, { note: 'the provider is back', status: 'monitoring', commander: 'U0LINUS' }, {}],
    ['update-tenants', update, { tenants: [], title: 'Emails delayed' }, {}],
    ['resolve', resolve, { fix: 'credentials restored' }, {}],
    ['resolve-override', resolve, { fix: 'rolled back', override: 'the alert is stale' }, { inTheWay }],
    ['reopen', reopen, { incident: incidentId, reason: 'it fails again' }, { incidents: [resolved] }],
    ['severity', severity, { severity: 'SEV1' }, {}],
    ['severity-same', severity, { severity: 'SEV2' }, {}],
    ['commander', commander, { commander: 'U0LINUS' }, {}],
    ['link', linkAlert, { alert: 'g-7k2m9q4x' }, {}],
    ['page', pageLevel2, { reason: 'we need the owner of the database' }, {}],
    ['cancel-timer', cancelTimer, { timer: 'update_due', reason: 'it is told elsewhere' }, {}],
    ['postmortem', postmortem, { incident: incidentId, url }, { incidents: [resolved] }],
    ['note', note, { text: 'the provider confirms an outage' }, {}],
  ])(
    'shows by itself, and answers only the one who asked, as kept in incident-%s',
    async (name, command, input, world) => {
      const report = await reportOf(command, input as never, { countersign: incidentWorld(world) });
      expect(report).toMatchObject({ isPrivate: true, isShownElsewhere: true, status: 'ok' });
      expect(report.lines?.length ?? 0).toBeLessThanOrEqual(5);
      await expect(cardText(`incident ${name}`, report)).toMatchFileSnapshot(golden(name));
    },
  );

  it.each<[string, string, unknown, object, IncidentWorld]>([
    [
      'declared-before',
      'info',
      declare,
      { alert: 'g-7k2m9q4x' },
      { incidents: [incident({ origin: 'alert' })] },
    ],
    ['not-resolved', 'warning', resolve, { fix: 'say "done"' }, { inTheWay }],
    ['export', 'ok', exportDraft, { incident: incidentId }, { incidents: [resolved] }],
    ['export-open', 'ok', exportDraft, {}, {}],
  ])(
    'is answered where nothing else shows it, privately: incident-%s, %s',
    async (name, status, command, input, world) => {
      const report = await reportOf(command, input as never, { countersign: incidentWorld(world) });
      expect(report).toMatchObject({ isPrivate: true, status });
      expect(report.isShownElsewhere ?? false).toBe(false);
      await expect(cardText(`incident ${name}`, report)).toMatchFileSnapshot(golden(name));
    },
  );

  it.each<[typed: string, method: string, ...given: unknown[]]>([
    [
      'incident declare emails are stuck --severity sev1 --target rms --tenants acme,globex --commander U0LINUS',
      'declare',
      {
        title: 'emails are stuck',
        severity: 'SEV1',
        target: 'rms',
        tenants: ['acme', 'globex'],
        commander: 'U0LINUS',
      },
    ],
    ['incident declare --alert G-7K2M9Q4X', 'declare', { alert: 'g-7k2m9q4x' }],
    [
      'incident declare --message C0OPS/1763661600.000100 --message-text "it is down" --message-author U0GRACE',
      'declare',
      {
        message: { channelId: 'C0OPS', ts: '1763661600.000100', author: 'U0GRACE', text: 'it is down' },
      },
    ],
    [
      'incident update I-7K2M9Q4X --note "it drains" --status Monitoring --tenants ""',
      'update',
      incidentId,
      { note: 'it drains', status: 'monitoring', tenants: [] },
    ],
    [
      'incident resolve --fix done --override stale',
      'resolve',
      incidentId,
      { fix: 'done', override: 'stale' },
    ],
    ['incident reopen i-7k2m9q4x --reason "it is back"', 'reopen', incidentId, 'it is back'],
    ['incident severity --severity sev3', 'update', incidentId, { severity: 'SEV3' }],
    ['incident commander --commander U0LINUS', 'update', incidentId, { commander: 'U0LINUS' }],
    ['incident link --alert g-7k2m9q4x', 'linkAlert', incidentId, 'g-7k2m9q4x'],
    ['incident page --reason "come quickly"', 'page', incidentId, 'come quickly'],
    ['page come quickly', 'page', incidentId, 'come quickly'],
    ['page come quickly --incident i-7k2m9q4x', 'page', incidentId, 'come quickly'],
    [
      'incident cancel-timer --timer update_due --reason "told elsewhere"',
      'cancelTimer',
      incidentId,
      'update_due',
      'told elsewhere',
    ],
    [`incident postmortem --url ${url}`, 'publishPostmortem', incidentId, url],
    ['note it was the "relay"', 'note', incidentId, { text: 'it was the "relay"' }],
    [
      'note "it was the relay" --message C0OPS/1763661600.000100 --message-author U0GRACE',
      'note',
      incidentId,
      {
        text: 'it was the relay',
        message: {
          channelId: 'C0OPS',
          ts: '1763661600.000100',
          author: 'U0GRACE',
          text: 'it was the relay',
        },
      },
    ],
  ])('asks for what was typed: %s', async (typed, ...call) => {
    const commands = await loadCommands();
    const { command, input, missing, problems } = parseInvocation(typed, commands);
    expect([missing, problems]).toEqual([[], []]);
    const countersign = incidentWorld();
    const { definition } = commands.get(command)!;
    await reportOf(definition, definition.args.parse(input) as never, { countersign });
    expect(countersign.calls).toEqual([call]);
  });

  it('says what can be changed when nothing is', async () => {
    const countersign = incidentWorld();
    const report = reportOf(update, { incident: incidentId }, { countersign });
    await expect(report).rejects.toMatchObject({ code: 'nothing_to_change' });
    await expect(report).rejects.toThrow(/--note .*--status.*--commander/);
    expect(countersign.calls).toEqual([]);
  });

  it('does not end an incident by an update', async () => {
    const { problems } = parseInvocation('incident update --status resolved', await loadCommands());
    expect(problems).toMatchObject([{ argument: 'status' }]);
  });

  it('offers to look again, and to resolve all the same with what was given, the reason left to ask', async () => {
    const countersign = incidentWorld({ inTheWay });
    const { suggestions } = await reportOf(resolve, { fix: 'say "done", twice' }, { countersign });
    const commands = await loadCommands();
    const [again, anyway] = suggestions!.map(({ invocation }) => parseInvocation(invocation, commands));
    expect(again).toMatchObject({
      command: 'incident resolve',
      input: { incident: incidentId, fix: 'say "done", twice' },
      missing: [],
      problems: [],
    });
    // Its form opens with this: the reason is still to be said.
    expect(suggestions![1]).toMatchObject({ label: 'Resolve all the same', isForm: true });
    expect(anyway).toMatchObject({
      input: { incident: incidentId, fix: 'say "done", twice' },
      problems: [],
    });
  });

  it('notes the same words of the same message once, and then says so', async () => {
    const countersign = incidentWorld();
    const input = { text: 'the provider is down', message: 'C0OPS/1763661600.000100' };
    expect(await reportOf(note, input, { countersign })).toMatchObject({ isShownElsewhere: true });
    const again = await reportOf(note, input, { countersign });
    expect(again).toMatchObject({ isShownElsewhere: false, status: 'info' });
    await expect(cardText('note', again)).toMatchFileSnapshot(golden('noted-before'));
  });

  it.each<[unknown, object]>([
    [declare, { messageText: 'it is down' }],
    [note, { text: 'it is down', messageAuthor: 'U0GRACE' }],
  ])('takes nothing of a message that is not named', async (command, input) => {
    const countersign = incidentWorld();
    const report = reportOf(command, input as never, { countersign });
    await expect(report).rejects.toMatchObject({ code: 'message_not_named' });
    expect(countersign.calls).toEqual([]);
  });

  it('leaves a refusal to the runtime', async () => {
    const countersign = incidentWorld({ incidents: [resolved] });
    const report = reportOf(severity, { incident: incidentId, severity: 'SEV1' }, { countersign });
    await expect(report).rejects.toMatchObject({ code: 'incident_resolved' });
  });
});

describe('incident timeline', () => {
  const entry = (seq: number, changes: Partial<TimelineEntry> = {}): TimelineEntry => ({
    seq,
    receipt: `#${seq} · 9f3ab2`,
    at: new Date(Date.UTC(2026, 10, 20, 18, 0, seq % 60)),
    kind: 'incident.noted',
    actor: 'U0GRACE',
    sentence: [person('U0GRACE'), ' noted'],
    text: `note ${seq}`,
    permalink: undefined,
    runId: undefined,
    ...changes,
  });
  const many = Array.from({ length: 60 }, (_, index) => entry(1_200 + index));

  it.each<[string, object, IncidentWorld]>([
    [
      'timeline',
      {},
      {
        timeline: [
          entry(1_230, { sentence: [person('U0GRACE'), ' declared it'], text: undefined }),
          entry(1_231, { text: 'https://evil.example <!channel>', permalink: 'https://acme.slack.com/p2' }),
        ],
      },
    ],
    ['timeline-earlier', { before: 1_240 }, { timeline: many }],
    ['timeline-empty', {}, {}],
    ['timeline-nothing-earlier', { before: 3 }, { timeline: many }],
  ])('reads as kept in incident-%s', async (name, input, world) => {
    const report = await reportOf(timeline, input as never, { countersign: incidentWorld(world) });
    expect(report).toMatchObject({ isPrivate: true });
    expect(report.isShownElsewhere ?? false).toBe(false);
    await expect(cardText('incident timeline', report)).toMatchFileSnapshot(golden(name));
  });

  it('leads page by page to the first entry, none left out and none twice', async () => {
    const commands = await loadCommands();
    const countersign = incidentWorld({ timeline: many });
    const seen: string[] = [];
    let invocation: string | undefined = 'incident timeline';
    while (invocation !== undefined) {
      const { input } = parseInvocation(invocation, commands);
      const { details, suggestions } = await reportOf(timeline, input as never, { countersign });
      seen.unshift(
        ...details!.map((line) => (line as unknown[]).find((span) => /^: note/.test(`${span}`)) as string),
      );
      invocation = suggestions?.[0]?.invocation;
    }
    expect(seen).toEqual(many.map(({ text }) => `: ${text}`));
  });

  it('makes no link of what people wrote', async () => {
    const world = { timeline: [entry(1, { text: 'https://evil.example' })] };
    const { details } = await reportOf(timeline, {}, { countersign: incidentWorld(world) });
    expect(JSON.stringify(details)).not.toContain('"link"');
  });
});
