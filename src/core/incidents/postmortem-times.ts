import { durationText } from '../parse/duration.ts';
import type { IncidentRecord } from './incident-view.ts';

/** When what happened; undefined where the record does not say. */
export interface ResponseTimes {
  /** The monitoring saw the first alert. */
  readonly firstAlert: Date | undefined;
  /** The first call that people got because of an alert; what is less than critical calls nobody. */
  readonly detected: Date | undefined;
  readonly acknowledged: Date | undefined;
  readonly declared: Date;
  /** The first change of the target that people asked for. */
  readonly firstChange: Date | undefined;
  readonly resolved: Date | undefined;
}

export function responseTimes({ incident, alerts, timeline, changes }: IncidentRecord): ResponseTimes {
  const calls = timeline.filter(({ kind }) => kind === 'alert.woke').map(({ at }) => at);
  return {
    firstAlert: earliest(alerts.map(({ startedAt }) => startedAt)),
    detected: earliest(calls),
    acknowledged: earliest(alerts.flatMap(({ acknowledgedAt }) => acknowledgedAt ?? [])),
    declared: incident.declaredAt,
    firstChange: earliest(changes.map(({ at }) => at)),
    resolved: incident.resolution?.at,
  };
}

/** From the first alert, or the declaration where none is linked, to the end; `isOver` false: until it was written. */
export function lasted(record: IncidentRecord): { from: Date; to: Date; isOver: boolean } {
  const { firstAlert, declared, resolved } = responseTimes(record);
  const from = earliest([declared, ...(firstAlert === undefined ? [] : [firstAlert])])!;
  return { from, to: resolved ?? record.exportedAt, isOver: resolved !== undefined };
}

const minuteMilliseconds = 60_000;

/** @example between(at('18:15:22'), at('19:20:10')) // '1 hour 4 minutes' */
export function between(from: Date, to: Date): string {
  const minutes = Math.floor(Math.abs(to.getTime() - from.getTime()) / minuteMilliseconds);
  if (minutes === 0) return 'less than a minute';
  const days = minutes - (minutes % 1_440);
  const hours = (minutes % 1_440) - (minutes % 60);
  const parts = [days, hours, minutes % 60].filter((part) => part > 0);
  return parts.slice(0, 2).map(durationText).join(' ');
}

/** A moment beside the first alert: `4 minutes after`, `2 minutes before`. */
export function afterFirst(first: Date | undefined, at: Date | undefined): string {
  if (first === undefined || at === undefined) return 'not known';
  if (at.getTime() === first.getTime()) return 'at once';
  return `${between(first, at)} ${at < first ? 'before' : 'after'}`;
}

function earliest(times: readonly Date[]): Date | undefined {
  return times.reduce<Date | undefined>(
    (first, at) => (first === undefined || at < first ? at : first),
    undefined,
  );
}
