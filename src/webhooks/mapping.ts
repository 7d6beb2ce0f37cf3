import { fitsGlob } from '../core/alerts/glob.ts';
import type { ParsedDelivery, Signal } from '../core/alerts/signal.ts';
import { eventName } from './event-name.ts';
import { type Place, valueAt } from './json-pointer.ts';
import { isObject } from './lenient.ts';
import {
  type Alert,
  identityOf,
  labelsOf,
  orderOf,
  severityOf,
  statusOf,
  textOf,
  timeOf,
} from './mapped-values.ts';
import type { Condition, MappedFields, Mapping } from './mapping-schema.ts';
import { UnreadableDelivery } from './source-kind.ts';
import type { IsMissing } from './text-template.ts';

/** What became of one alert of a body. */
type Outcome =
  | { readonly event: string; readonly signal: Signal }
  | { readonly event: string; readonly nothing: 'ignored' | 'unknown' | 'nameless' };

/**
 * What a body says, in the mapping's words.
 * @throws UnreadableDelivery when there is no alert in it where the mapping looks for one.
 */
export function readMapped(mapping: Mapping, body: unknown): ParsedDelivery {
  const isMissing = missingOf(mapping);
  const whole: Alert = { place: { alert: body, body }, isMissing };
  const outcomes = alertsIn(mapping, body).map((alert) => readAlert(mapping, { alert, body }, isMissing));
  const signals = outcomes.flatMap((outcome) => ('signal' in outcome ? [outcome.signal] : []));
  const nameless = outcomes.filter(
    (outcome) => 'nothing' in outcome && outcome.nothing === 'nameless',
  ).length;
  if (nameless > 0 && nameless === outcomes.length) {
    const looked = mapping.key.text.map(({ text }) => `"${text}"`).join(' or ');
    throw new UnreadableDelivery(
      `there is no key in it: nothing is found for ${looked}. Compare the mapping`,
    );
  }
  const telling = outcomes.find((outcome) => 'signal' in outcome && outcome.signal.status === 'firing');
  return {
    event: (telling ?? outcomes[0])?.event ?? 'empty',
    isKnown:
      !outcomes.some((outcome) => 'nothing' in outcome && outcome.nothing === 'unknown') ||
      signals.length > 0,
    deliveryId: identityOf(whole, mapping.deliveryId),
    signals,
    sentAt: timeOf(whole, mapping.sentAt),
    // An alert that cannot be told from others is as good as left out.
    truncated: nameless === 0 ? undefined : nameless,
  };
}

function alertsIn({ each }: Mapping, body: unknown): readonly unknown[] {
  if (each === undefined) {
    if (isObject(body)) return [body];
    throw new UnreadableDelivery(
      'it is no object. Compare what the source sends, or say with "each" where its alerts stand',
    );
  }
  const list = valueAt(each, { alert: body, body });
  if (Array.isArray(list)) return list;
  throw new UnreadableDelivery(`there is no list at "${each.text}", where the mapping looks for the alerts`);
}

function readAlert(mapping: Mapping, place: Place, isMissing: IsMissing): Outcome {
  const alert = { place, isMissing };
  const found = mapping.cases.find(({ when }) => when.every((condition) => holds(condition, place)));
  const fields: MappedFields = found === undefined ? mapping : { ...mapping, ...givenIn(found) };
  const status = statusOf(alert, fields.status);
  const event = eventName(textOf(alert, fields.event) ?? (found?.ignore ? 'ignored' : status));
  if (found?.ignore) return { event, nothing: 'ignored' };
  if (status === 'unknown') return { event, nothing: 'unknown' };
  const groupKey = identityOf(alert, fields.key);
  if (groupKey === undefined) return { event, nothing: 'nameless' };
  return {
    event,
    signal: {
      status,
      groupKey,
      fingerprint: identityOf(alert, fields.fingerprint) ?? groupKey,
      severity: severityOf(alert, fields.severity),
      title: textOf(alert, fields.title) ?? groupKey,
      summary: textOf(alert, fields.summary),
      service: textOf(alert, fields.service),
      tenant: textOf(alert, fields.tenant),
      environment: textOf(alert, fields.environment),
      labels: labelsOf(alert, fields),
      links: (fields.links ?? []).flatMap(({ label, url }) => {
        const address = textOf(alert, url);
        return address === undefined ? [] : [{ label, url: address }];
      }),
      startsAt: timeOf(alert, fields.startsAt),
      endsAt: timeOf(alert, fields.endsAt),
      order: orderOf(alert, fields.order),
      quietMinutes: fields.quietMinutes,
      note: fields.note,
    },
  };
}

/** A key that a case leaves out must not replace the mapping's own. */
function givenIn(fields: object): Partial<MappedFields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function holds({ at, globs, orMissing }: Condition, place: Place): boolean {
  const value = valueAt(at, place);
  if (value === undefined || value === null) return orMissing;
  return typeof value !== 'object' && globs.some((glob) => fitsGlob(glob, String(value)));
}

function missingOf({ missing }: Mapping): IsMissing {
  const texts = new Set(missing);
  return (text) => text.trim() === '' || unreplaced.test(text) || texts.has(text);
}

/** A variable that the source did not know stays as it was written: `$HOSTNAME`, `$TAGS[env]`. */
const unreplaced = /^\s*\$[A-Z][A-Z0-9_]*(\[[^\]]*\])?\s*$/;
