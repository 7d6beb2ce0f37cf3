import type { DifferingLabel, Member } from './group.ts';

const mostLabels = 3;
const mostValues = 3;

/** What people tell machines and services apart by, before what only machines do. */
const telling = [
  'instance',
  'host',
  'hostname',
  'pod',
  'node',
  'channel',
  'endpoint',
  'device',
  'mountpoint',
  'reason',
  'region',
];
/** Present on every alert, or nothing to anyone who reads a card. */
const silent = new Set([
  'alertname',
  'severity',
  'prometheus',
  'monitor',
  '__alert_rule_uid__',
  'uid',
  'container_id',
]);

/**
 * The labels a group's alerts do not agree on: those people know things by first, then those with the fewest values, so that
 * a name that is different for each alert comes last.
 */
export function differingLabels(members: readonly Pick<Member, 'labels'>[]): DifferingLabel[] {
  if (members.length < 2) return [];
  const names = new Set(members.flatMap(({ labels }) => Object.keys(labels)));
  const differing = [...names].flatMap((name) => {
    if (silent.has(name.toLowerCase())) return [];
    const counts = new Map<string, number>();
    for (const { labels } of members) {
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    if (counts.size < 2) return [];
    const values = [...counts]
      .sort(([a, one], [b, other]) => other - one || a.localeCompare(b))
      .map(([value]) => value);
    return [{ name, values: values.slice(0, mostValues), more: Math.max(0, values.length - mostValues) }];
  });
  const rank = ({ name }: DifferingLabel) => {
    const at = telling.indexOf(name.toLowerCase());
    return at < 0 ? telling.length : at;
  };
  const size = ({ values, more }: DifferingLabel) => values.length + more;
  return differing
    .sort(
      (one, other) =>
        rank(one) - rank(other) || size(one) - size(other) || one.name.localeCompare(other.name),
    )
    .slice(0, mostLabels);
}
