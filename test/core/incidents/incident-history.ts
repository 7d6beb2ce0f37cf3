/** What people, alerts, processes and the clock do to the incidents of one workspace, told to the oracle as well. */
import { expect } from 'vitest';
import { CountersignError } from '../../../src/core/errors.ts';
import { IncidentOracle, type Level, type Outcome, type Status, type Timer } from './incident-oracle.ts';
import { ada, bob, eve, type IncidentWorld } from './incident-world.ts';

type Name = 'ada' | 'bob' | 'eve';
/** Counted back from the newest. */
type Which = number;
type By = number;

export type Event =
  | { kind: 'fire' | 'quiet'; key: string }
  | { kind: 'acknowledge'; which: Which; by: By }
  | { kind: 'declare'; severity: Level; who: Name; by: By }
  | { kind: 'declare_again'; by: By }
  | { kind: 'declare_for_alert'; which: Which; isRace: boolean; isByCard: boolean }
  | { kind: 'declare_from_message'; ts: string; isRace: boolean }
  | { kind: 'link'; which: Which; group: Which; who: Name; by: By }
  | {
      kind: 'change';
      which: Which;
      note: string | undefined;
      status: Exclude<Status, 'resolved'> | undefined;
      severity: Level | undefined;
      commander: Name | undefined;
      who: Name;
      by: By;
    }
  | { kind: 'note'; which: Which; text: string; ts: string | undefined; by: By }
  | { kind: 'page'; which: Which; who: Name; by: By }
  | { kind: 'cancel'; which: Which; timer: Timer; by: By }
  | { kind: 'resolve'; which: Which; override: boolean; isRace: boolean; who: Name; by: By }
  | { kind: 'reopen'; which: Which; who: Name; by: By }
  | { kind: 'publish'; which: Which; by: By }
  | { kind: 'pass'; minutes: number }
  | { kind: 'work'; by: By }
  | { kind: 'work_race' }
  | { kind: 'restart'; aheadMinutes: number };

const people: Readonly<Record<Name, string>> = { ada, bob, eve };

export function incidentHistory(world: IncidentWorld) {
  const oracle = new IncidentOracle();
  let runs = 0;
  let groups = 0;
  let lastDeclared: { runId: string; id: string } | undefined;

  const nth = <Item>(items: readonly Item[], which: Which): Item | undefined =>
    items.at(-1 - (which % Math.max(1, items.length)));
  const outcomeOf = async (asked: Promise<unknown>): Promise<Outcome> => {
    try {
      const answer = await asked;
      const isResolved = (answer as { isResolved?: boolean } | undefined)?.isResolved;
      return isResolved === false ? 'in the way' : 'done';
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      return 'refused';
    }
  };
  /** Eve may do nothing, whatever it is. */
  const agree = async (who: Name, asked: Promise<unknown>, expected: () => Outcome) => {
    const actual = await outcomeOf(asked);
    expect(actual).toBe(who === 'eve' ? 'refused' : expected());
  };
  /** Asked of both processes at once, and as it came out of one: the other is shown the same incident. */
  const declareBoth = async (
    ask: (by: By) => Promise<{ incident: { id: string }; isNew: boolean }>,
    isRace: boolean,
  ) => {
    const answers = await Promise.all((isRace ? [0, 1] : [0]).map(ask));
    expect(new Set(answers.map(({ incident }) => incident.id)).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew).length).toBeLessThanOrEqual(1);
    return { id: answers[0]!.incident.id, isNew: answers.some(({ isNew }) => isNew) };
  };

  const happen = async (event: Event): Promise<void> => {
    const incident = 'which' in event ? nth(oracle.incidents, event.which) : undefined;
    switch (event.kind) {
      case 'fire':
        await world.fire(event.key, { severity: 'high' });
        oracle.fire(event.key, () => {
          groups += 1;
          return `g-${String(groups).padStart(4, '0')}`;
        });
        return;
      case 'quiet':
        await world.resolveAlert(event.key, { severity: 'high' });
        return oracle.quiet(event.key);
      case 'acknowledge': {
        const group = nth(oracle.groups, event.which);
        if (group === undefined) return;
        await world.click(group.id, { action: 'acknowledge' }, ada, event.by);
        return oracle.acknowledge(group);
      }
      case 'declare': {
        runs += 1;
        const runId = `r-${runs}`;
        const { severity, who, by } = event;
        const asked = world.as(people[who], by, { runId }).declare({ title: 'Emails delayed', severity });
        if (who === 'eve')
          return void (await expect(asked).rejects.toMatchObject({ code: 'not_authorized' }));
        const { incident: declared, isNew } = await asked;
        expect(isNew).toBe(true);
        lastDeclared = { runId, id: declared.id };
        return oracle.declare(declared.id, { severity, by: people[who], origin: runId });
      }
      case 'declare_again': {
        if (lastDeclared === undefined) return;
        const { runId, id } = lastDeclared;
        const again = await world.as(ada, event.by, { runId }).declare({ title: 'Emails delayed' });
        expect(again).toMatchObject({ isNew: false, incident: { id } });
        return;
      }
      case 'declare_for_alert': {
        const group = nth(oracle.groups, event.which);
        if (group === undefined) return;
        const known = oracle.incidentOf(group);
        if (event.isByCard && known === undefined)
          await world.click(group.id, { action: 'start_incident' }, ada);
        const { id, isNew } = await declareBoth(
          (by) => world.as(ada, by).declare({ alert: group.id }),
          event.isRace,
        );
        expect(isNew).toBe(known === undefined && !event.isByCard);
        if (known !== undefined) return expect(id).toBe(known.id);
        return oracle.declare(id, { severity: 'SEV2', by: ada, origin: `group ${group.id}`, group });
      }
      case 'declare_from_message': {
        const { ts, isRace } = event;
        const message = { channelId: 'C0OPS', ts, author: bob, text: 'first' };
        const known = oracle.known(`message ${ts}`);
        const { id, isNew } = await declareBoth((by) => world.as(ada, by).declare({ message }), isRace);
        expect(isNew).toBe(known === undefined);
        if (known !== undefined) return expect(id).toBe(known.id);
        return oracle.declare(id, { severity: 'SEV2', by: ada, origin: `message ${ts}`, message });
      }
      case 'link': {
        const group = nth(oracle.groups, event.group);
        if (incident === undefined || group === undefined) return;
        const { who, by } = event;
        return agree(who, world.as(people[who], by).linkAlert(incident.id, group.id), () =>
          oracle.link(incident, group),
        );
      }
      case 'change': {
        if (incident === undefined) return;
        const { who, by, note, status, severity } = event;
        const commander = event.commander && people[event.commander];
        const change = { note, status, severity, commander };
        const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
        return agree(who, world.as(people[who], by).update(incident.id, said), () =>
          oracle.change(incident, change),
        );
      }
      case 'note': {
        if (incident === undefined) return;
        const { text, ts, by } = event;
        const message = ts === undefined ? undefined : { channelId: 'C0OPS', ts, author: bob, text };
        const { isNew } = await world
          .as(ada, by)
          .note(incident.id, { text, ...(message === undefined ? {} : { message }) });
        return expect(isNew).toBe(oracle.note(incident, text, ts));
      }
      case 'page': {
        if (incident === undefined) return;
        const { who, by } = event;
        return agree(who, world.as(people[who], by).page(incident.id, 'stuck'), () => oracle.page(incident));
      }
      case 'cancel': {
        if (incident === undefined) return;
        const asked = world.as(ada, event.by).cancelTimer(incident.id, event.timer, 'it is known');
        return agree('ada', asked, () => oracle.cancel(incident, event.timer));
      }
      case 'resolve': {
        if (incident === undefined) return;
        const { who, by, override, isRace } = event;
        const how = { fix: 'restarted it', ...(override ? { override: 'stale' } : {}) };
        const ask = (process: By) => outcomeOf(world.as(people[who], process).resolve(incident.id, how));
        const outcomes = await Promise.all((isRace ? [by, by + 1] : [by]).map(ask));
        const expected = who === 'eve' ? 'refused' : oracle.resolve(incident, people[who], override);
        // Of two, one resolves it and the other is told that it was; where it is not resolved both hear why.
        const second = expected === 'done' ? 'refused' : expected;
        return expect(outcomes.toSorted()).toEqual((isRace ? [expected, second] : [expected]).toSorted());
      }
      case 'reopen': {
        if (incident === undefined) return;
        const { who, by } = event;
        return agree(who, world.as(people[who], by).reopen(incident.id, 'back'), () =>
          oracle.reopen(incident),
        );
      }
      case 'publish':
        if (incident === undefined) return;
        await world.as(ada, event.by).publishPostmortem(incident.id, 'https://wiki.example.com/p');
        return oracle.publish(incident);
      case 'pass':
        oracle.now += event.minutes;
        return world.pass(event.minutes);
      case 'work':
        await world.work(event.by);
        return oracle.work();
      case 'work_race': {
        for (;;) {
          const jobs = await world.takeDue();
          if (jobs.length === 0) break;
          for (const job of jobs) await Promise.all(world.processes().map((process) => process.work(job)));
        }
        return oracle.work();
      }
      case 'restart':
        return world.restart(event.aheadMinutes);
    }
  };
  return { oracle, happen };
}
