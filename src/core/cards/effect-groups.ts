import type { Effect } from '../../command.ts';
import type { Line } from '../text.ts';
import { shownJson } from './shown-json.ts';

/** Effects that are the same call on different objects, or a single effect. */
export interface EffectGroup {
  /** The words of all of them, `…` where they differ: `PATCH /api/notifications/…/resend on rms (production)`. */
  readonly summary: string;
  readonly effects: readonly Effect[];
  /** The objects they are on, in the order of the effects; empty for a single effect. */
  readonly objects: readonly string[];
}

/** Up to three are read one by one: which objects they are on matters more than a count. */
const fewestGrouped = 4;

/**
 * Puts alike effects together, in the order of the first of each. Alike is the same call (method, body, all of it)
 * on a path that differs in one segment with a digit in it, as the ids of objects have. A path that differs in a
 * word (`suspend`, `delete`, a tenant's slug) is another effect: a count must not hide what happens.
 */
export function groupEffects(effects: readonly Effect[]): EffectGroup[] {
  const templates = effects.map(templatesOf);
  const sizes = new Map<string, number>();
  for (const { key } of templates.flat()) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const groups = new Map<string, { effects: Effect[]; objects: string[] }>();
  effects.forEach((effect, index) => {
    const best = templates[index]!.reduce<Template | undefined>(
      // Of equally many the later segment: /tenants/8d2f/notifications/n-17 is about n-17.
      (most, one) =>
        (sizes.get(one.key) ?? 0) >= Math.max(fewestGrouped, sizes.get(most?.key ?? '') ?? 0) ? one : most,
      undefined,
    );
    const group = groups.get(best?.key ?? `${index}`) ?? { effects: [], objects: [] };
    group.effects.push(effect);
    if (best !== undefined) group.objects.push(best.object);
    groups.set(best?.key ?? `${index}`, group);
  });
  return [...groups.values()].flatMap((group): EffectGroup[] =>
    group.effects.length < fewestGrouped
      ? group.effects.map((effect) => ({ summary: effect.summary, effects: [effect], objects: [] }))
      : [{ ...group, summary: commonWords(group.effects) }],
  );
}

interface Template {
  /** The whole call with one segment of its path left out. */
  readonly key: string;
  readonly object: string;
}

function templatesOf({ call }: Effect): Template[] {
  const { path, ...others } = call;
  if (typeof path !== 'string') return [];
  const segments = path.split('/');
  const rest = shownJson(others);
  return segments.flatMap((object, index) =>
    /\d/.test(object) ? [{ key: `${rest} ${segments.with(index, '\0').join('/')}`, object }] : [],
  );
}

/** The words the summaries begin and end with, whole path segments only. */
function commonWords(effects: readonly Effect[]): string {
  const [first = '', ...others] = effects.map(({ summary }) => summary);
  if (others.every((other) => other === first)) return first;
  const words = first.split(/(?=[/ ])/);
  const rows = others.map((other) => other.split(/(?=[/ ])/));
  const shared = (at: (row: readonly string[], index: number) => string | undefined) => {
    const count = words.findIndex((_, index) => rows.some((row) => at(row, index) !== at(words, index)));
    return count === -1 ? words.length : count;
  };
  const begin = shared((row, index) => row[index]);
  const end = Math.min(
    shared((row, index) => row.at(-1 - index)),
    ...[words, ...rows].map((row) => row.length - begin),
  );
  const middle = words[begin]?.startsWith('/') ? '/…' : ' …';
  return `${words.slice(0, begin).join('')}${middle}${words.slice(words.length - end).join('')}`;
}

/** One line for each group. */
export function effectLines(effects: readonly Effect[]): Line[] {
  return groupEffects(effects).map((group) => effectLine(group));
}

export function effectLine({ summary, effects }: EffectGroup): Line {
  return effects.length === 1
    ? ['Calls ', { code: summary }]
    : [`Calls ${effects.length} × `, { code: summary }];
}
