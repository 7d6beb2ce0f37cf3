import type { AlertMatch, AlertRoute } from '../core/alerts/alert-settings.ts';
import type { Finding } from './unknown-names.ts';

const given = ['channel', 'notify', 'severity', 'runbook', 'silence', 'suggest'] as const;

/**
 * Routes that change nothing: they give nothing, or routes above that match all they match give all they give. Only what
 * can be told from the globs as they are written.
 */
export function deadRouteFindings(routes: readonly AlertRoute[]): Finding[] {
  return routes.flatMap((route, index): Finding[] => {
    const path = ['alerts', 'routes', index];
    const gives = given.filter((key) => route[key] !== undefined);
    if (gives.length === 0) {
      return [{ path, message: `changes nothing. Give it one of ${given.join(', ')}` }];
    }
    const above = routes
      .slice(0, index)
      .flatMap((other, place) => (covers(other.match, route.match) ? [place] : []));
    const first = gives.map((key) => above.find((place) => routes[place]?.[key] !== undefined));
    if (first.includes(undefined)) return [];
    const by = [...new Set(first)].map((place) => `routes[${place}]`).join(' and ');
    const message = `changes nothing: all it gives is given above for all it matches, by ${by}. Move it up, or remove it`;
    return [{ path, message }];
  });
}

/** Whether all that `inner` matches is matched by `outer`; false where it cannot be told. */
function covers(outer: AlertMatch, inner: AlertMatch): boolean {
  const { labels: outerLabels = {}, ...outerFields } = outer;
  const { labels: innerLabels = {}, ...innerFields } = inner;
  return coversAll(outerFields, innerFields) && coversAll(outerLabels, innerLabels);
}

type Globs = Readonly<Record<string, readonly string[] | undefined>>;

function coversAll(outer: Globs, inner: Globs): boolean {
  return Object.entries(outer).every(([name, globs]) => {
    if (globs === undefined || globs.includes('*')) return true;
    const known = new Set(globs.map((glob) => glob.toLowerCase()));
    const mine = Object.hasOwn(inner, name) ? inner[name] : undefined;
    return mine?.every((glob) => known.has(glob.toLowerCase())) === true;
  });
}
