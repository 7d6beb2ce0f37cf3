import type { JsonObject } from '../../command.ts';
import { shownText } from '../../core/cards/shown-line.ts';

/** The tenants among resolved arguments, by name and id: `Acme GmbH (acme, 8d2f…)`. Undefined when there are none. */
export function tenantWords(args: JsonObject): string | undefined {
  const tenants = Object.values(args).flatMap((value) => {
    if (typeof value !== 'object' || value === null || !('slug' in value)) return [];
    const { id, slug, name } = value;
    if (typeof id !== 'string' || typeof slug !== 'string' || typeof name !== 'string') return [];
    const keys = [slug, id].filter((key) => key !== '' && key !== name).map((key) => shown(key, 40));
    return [`${shown(name || slug, 80)}${keys.length === 0 ? '' : ` (${keys.join(', ')})`}`];
  });
  return tenants.length === 0 ? undefined : tenants.join(', ');
}

const shown = (text: string, limit: number) => shownText(text, { limit });
