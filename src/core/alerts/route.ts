import { quoted } from '../parse/quoted.ts';
import type { AlertMatch, AlertRoute } from './alert-settings.ts';
import { fitsGlob } from './glob.ts';
import type { Notified } from './group.ts';
import type { Severity } from './severity.ts';

/** What routes and silences look at. */
export interface Routable {
  readonly source: string;
  readonly severity: Severity;
  readonly title: string;
  readonly service?: string | undefined;
  readonly tenant?: string | undefined;
  readonly environment?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a group goes and who hears of it: every matching route, each thing from the first that gives it. */
export interface Routing {
  readonly channel: string | undefined;
  readonly notify: readonly Notified[];
  readonly severity: Severity | undefined;
  readonly runbook: string | undefined;
  readonly isMuted: boolean;
  readonly suggest: AlertRoute['suggest'];
}

export function routingOf(alert: Routable, routes: readonly AlertRoute[]): Routing {
  const matching = routes.filter(({ match }) => matches(match, alert));
  const first = <Key extends keyof AlertRoute>(key: Key): AlertRoute[Key] | undefined =>
    matching.find((route) => route[key] !== undefined)?.[key];
  return {
    channel: first('channel'),
    notify: first('notify') ?? [],
    severity: first('severity'),
    runbook: first('runbook'),
    isMuted: first('silence') ?? false,
    suggest: first('suggest'),
  };
}

/** Every field it gives has to fit; of a field's several globs one. A field the alert lacks fits `*` alone. */
export function matches(match: AlertMatch, alert: Routable): boolean {
  const { labels = {}, severity, ...fields } = match;
  if (severity !== undefined && !severity.includes(alert.severity)) return false;
  for (const [field, globs] of Object.entries(fields)) {
    if (globs !== undefined && !fitsOne(globs, alert[field as keyof typeof fields])) return false;
  }
  return Object.entries(labels).every(([name, globs]) =>
    fitsOne(globs, Object.hasOwn(alert.labels, name) ? alert.labels[name] : undefined),
  );
}

function fitsOne(globs: readonly string[], value: string | undefined): boolean {
  return globs.some((glob) => fitsGlob(glob, value ?? ''));
}

const placeholder = /\{(tenant|service|environment|title|firing|labels\.[A-Za-z0-9_.-]+)\}/g;

/**
 * The suggestion with the group's own words in it, or undefined where the group lacks one. Values become one argument each,
 * quoted: what an alert says can name a thing, never add an option.
 */
export function suggestionFor(
  suggest: NonNullable<AlertRoute['suggest']>,
  alert: Routable & { readonly firing: number },
): { readonly label: string; readonly invocation: string } | undefined {
  const wordFor = (name: string): string | undefined => {
    if (name === 'firing') return String(alert.firing);
    if (!name.startsWith('labels.')) return alert[name as 'tenant' | 'service' | 'environment' | 'title'];
    const label = name.slice('labels.'.length);
    return Object.hasOwn(alert.labels, label) ? alert.labels[label] : undefined;
  };
  let isWhole = true;
  const filled = (template: string, write: (value: string) => string) =>
    template.replace(placeholder, (_, name: string) => {
      const value = wordFor(name);
      if (value === undefined || value.trim() === '') isWhole = false;
      return write(value ?? '');
    });
  const invocation = filled(suggest.command, asOneArgument);
  const label = filled(suggest.label ?? (suggest.command.split(' ')[0] as string), (value) => value);
  return isWhole ? { label, invocation } : undefined;
}

/** In quotes nothing is an option, whatever it begins with. */
function asOneArgument(value: string): string {
  return quoted(value.replace(/\p{Cc}/gu, ' ').trim(), true);
}
