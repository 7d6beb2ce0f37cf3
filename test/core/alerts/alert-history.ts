/** What sources, people, processes and the clock do in one workspace, told to the oracle as well. */
import { processDeliveries } from '../../../src/core/alerts/process-deliveries.ts';
import {
  AlertOracle,
  type ExpectedGroup,
  type Heard,
  type Level,
  quietMinutes,
  rate,
  type Speech,
} from './alert-oracle.ts';
import { type AlertWorld, responder, stranger, type TestDelivery } from './alert-world.ts';

export type Event =
  | { kind: 'deliver'; source: Speech; notes: readonly Heard[]; hasId: boolean }
  | { kind: 'again'; which: number; isSameId: boolean }
  | { kind: 'process'; by: number }
  | { kind: 'race' }
  | { kind: 'pass'; minutes: number }
  | { kind: 'work'; by: number }
  | {
      kind: 'act';
      action: 'acknowledge' | 'close' | 'escalate' | 'start_incident';
      which: number;
      who: 'ada' | 'eve';
      by: number;
    }
  | { kind: 'set_severity'; severity: Level; which: number; by: number }
  | { kind: 'silence_group'; which: number; minutes: number; by: number }
  | { kind: 'silence'; severity: Level | undefined; source: Speech | undefined; minutes: number; by: number }
  | { kind: 'end_silence'; which: number; by: number };

interface Waiting {
  readonly source: Speech;
  readonly notes: readonly Heard[];
  readonly at: number;
}

export function alertHistory(world: AlertWorld) {
  const oracle = new AlertOracle();
  const sent: { delivery: TestDelivery; source: Speech; notes: readonly Heard[] }[] = [];
  let waiting: Waiting[] = [];
  let now = 0;

  const store = async (source: Speech, delivery: TestDelivery, notes: readonly Heard[]) => {
    const [isNew] = await world.deliver(delivery);
    if (isNew === true) waiting.push({ source, notes, at: now });
  };
  /** Up to 50 in one transaction, as the code says; all of them in the end. */
  const understood = () => {
    for (const { source, notes, at } of waiting) oracle.hear(source, notes, at, now);
    waiting = [];
  };
  const pick = async (which: number): Promise<ExpectedGroup | undefined> =>
    oracle.groups.at(-1 - (which % Math.max(1, oracle.groups.length)));

  const happen = async (event: Event): Promise<void> => {
    switch (event.kind) {
      case 'deliver': {
        const delivery = deliveryOf(event.source, event.notes, event.hasId ? `d${sent.length}` : undefined);
        sent.push({ delivery, source: event.source, notes: event.notes });
        return store(event.source, delivery, event.notes);
      }
      case 'again': {
        const known = sent.at(-1 - (event.which % Math.max(1, sent.length)));
        if (known === undefined) return;
        const { deliveryId, ...rest } = known.delivery;
        const keepsId = event.isSameId && deliveryId !== undefined;
        return store(known.source, keepsId ? { ...rest, deliveryId } : rest, known.notes);
      }
      case 'process':
        await world.processAll(event.by);
        return understood();
      case 'race': {
        let took = 1;
        while (took > 0) {
          const [one, other] = await Promise.all(world.contexts.map((context) => processDeliveries(context)));
          took = one! + other!;
        }
        return understood();
      }
      case 'pass':
        now += event.minutes;
        return world.pass(event.minutes);
      case 'work':
        await world.work(event.by);
        return oracle.work(now);
      case 'act': {
        const group = await pick(event.which);
        if (group === undefined) return;
        const who = event.who === 'ada' ? responder : stranger;
        await world.act(group.id, { action: event.action }, { who, by: event.by });
        if (who === stranger) return;
        if (event.action === 'acknowledge') oracle.acknowledge(group, who);
        if (event.action === 'close') oracle.close(group, now);
        if (event.action === 'escalate') oracle.escalate(group, now);
        if (event.action === 'start_incident') group.hasIncident = true;
        return;
      }
      case 'set_severity': {
        const group = await pick(event.which);
        if (group === undefined) return;
        const { severity, by } = event;
        await world.act(group.id, { action: 'set_severity', severity, reason: 'I know better' }, { by });
        return oracle.setSeverity(group, severity, now);
      }
      case 'silence_group': {
        const group = await pick(event.which);
        if (group === undefined) return;
        const { minutes, by } = event;
        await world.act(group.id, { action: 'silence', minutes, reason: 'deploying' }, { by });
        const id = Math.max(...(await world.silences()).map((one) => one.id));
        const covers = ({ source, key }: ExpectedGroup) => source === group.source && key === group.key;
        return oracle.beginSilence({ id, covers, until: now + minutes, isEnded: false }, now);
      }
      case 'silence': {
        const { severity, source, minutes, by } = event;
        const match = {
          ...(severity === undefined ? {} : { severity: [severity] }),
          ...(source === undefined ? {} : { source: [source] }),
        };
        const id = await world.silence({ match, minutes }, by);
        const covers = (group: ExpectedGroup) =>
          (severity === undefined || group.severity === severity) &&
          (source === undefined || group.source === source);
        return oracle.beginSilence({ id, covers, until: now + minutes, isEnded: false }, now);
      }
      case 'end_silence': {
        const silence = oracle.silences.at(-1 - (event.which % Math.max(1, oracle.silences.length)));
        if (silence === undefined) return;
        await world.endSilence(silence.id, event.by);
        return oracle.endSilence(silence.id, now);
      }
    }
  };
  return { oracle, happen, isAllUnderstood: () => waiting.length === 0 };
}

function deliveryOf(source: Speech, notes: readonly Heard[], deliveryId: string | undefined): TestDelivery {
  return {
    source,
    ...(deliveryId === undefined ? {} : { deliveryId }),
    signals: notes.map(({ key, fingerprint, status, severity, episode }) => ({
      groupKey: key,
      fingerprint,
      status,
      severity,
      title: `${key} of ${source}`,
      ...(source === 'starts' ? { startMinutes: episode - 100 } : {}),
      ...(source === 'ordered' ? { order: episode } : {}),
      ...(source === 'quiet' || source === 'rate' ? { quietMinutes } : {}),
      ...(source === 'rate' ? { threshold: rate } : {}),
    })),
  };
}
