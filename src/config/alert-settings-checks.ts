import { ownSource } from '../core/alerts/alert-context.ts';
import type { AlertRoute } from '../core/alerts/alert-settings.ts';
import type { Notified } from '../core/alerts/group.ts';
import { matches } from '../core/alerts/route.ts';
import { UserMistake } from '../core/errors.ts';
import { matchCommand } from '../core/parse/match-command.ts';
import { nearest } from '../core/parse/nearest.ts';
import { deadRouteFindings } from './dead-routes.ts';
import type { Settings } from './settings-schema.ts';
import { type Finding, suggestion, unknownNames } from './unknown-names.ts';
import type { Path } from './yaml-source.ts';

/**
 * What no single value of `alerts:` shows. A route with a misspelt name would silently never match, and an alert that
 * should wake somebody wake nobody.
 */
export function alertFindings(settings: Settings, commandNames: readonly string[] | undefined): Finding[] {
  const { routes, responders, escalation } = settings.alerts;
  const sources = [...Object.keys(settings.alerts.sources), ownSource];
  return [
    ...routes.flatMap((route, index) => {
      const path = ['alerts', 'routes', index];
      return [
        ...sourceFindings(route, sources, path),
        ...onCallFindings(settings, route.notify, [...path, 'notify']),
        ...suggestFindings(route, commandNames, [...path, 'suggest']),
      ];
    }),
    ...deadRouteFindings(routes),
    ...unknownNames(responders, Object.keys(settings.roles), 'role', ['alerts', 'responders']),
    ...onCallFindings(settings, escalation.notify, ['alerts', 'escalation', 'notify']),
  ];
}

function sourceFindings({ match }: AlertRoute, sources: readonly string[], path: Path): Finding[] {
  const isKnown = (name: string): boolean =>
    sources.some((source) =>
      matches({ source: [name] }, { source, severity: 'info', title: '', labels: {} }),
    );
  return (match.source ?? []).flatMap((name, index) =>
    isKnown(name)
      ? []
      : [
          {
            path: [...path, 'match', 'source', index],
            message: `names the unknown source "${name}"${suggestion(name, sources)}`,
          },
        ],
  );
}

function onCallFindings(settings: Settings, notify: readonly Notified[] | undefined, path: Path): Finding[] {
  const { onCall } = settings;
  const index = notify?.indexOf('on-call') ?? -1;
  const isSomebody = onCall !== undefined && onCall.users.length + onCall.usergroups.length > 0;
  if (index < 0 || isSomebody) return [];
  const message = 'would wake nobody: nobody is on call. Say who in "onCall", beside "roles"';
  return [{ path: [...path, index], message }];
}

function suggestFindings(
  { suggest }: AlertRoute,
  commandNames: readonly string[] | undefined,
  path: Path,
): Finding[] {
  if (suggest === undefined) return [];
  const { command, label } = suggest;
  return [
    ...commandFindings(command, commandNames, [...path, 'command']),
    ...placeholderFindings(command, [...path, 'command']),
    ...quoteFindings(command, [...path, 'command']),
    ...(label === undefined ? [] : placeholderFindings(label, [...path, 'label'])),
  ];
}

function commandFindings(command: string, names: readonly string[] | undefined, path: Path): Finding[] {
  if (command.startsWith('/')) return [{ path, message: 'is the command alone: leave out "/ops"' }];
  if (names === undefined) return [];
  const words = command.split(/\s+/);
  const name = words.findIndex((word) => /^(-|["'“]|\{)/.test(word));
  try {
    matchCommand(name < 0 ? words : words.slice(0, name), names);
    return [];
  } catch (error) {
    if (!(error instanceof UserMistake)) throw error;
    return [{ path, message: `cannot be run: ${error.message}` }];
  }
}

const fields = ['tenant', 'service', 'environment', 'title', 'firing'];

function placeholderFindings(text: string, path: Path): Finding[] {
  return [...text.matchAll(/\{([^{}]*)\}/g)].flatMap(([whole, name = '']) => {
    if (fields.includes(name) || /^labels\.[A-Za-z0-9_.-]+$/.test(name)) return [];
    const [best] = nearest(name, fields, 1);
    const known = `there are ${fields.map((field) => `{${field}}`).join(', ')} and {labels.<name>}`;
    const hint = best === undefined ? known : `did you mean "{${best}}"?`;
    return [{ path, message: `has the unknown placeholder "${whole}"; ${hint}` }];
  });
}

/** Each value is quoted when it is put in; quotes around that would end where it begins. */
function quoteFindings(command: string, path: Path): Finding[] {
  const [quoted] = /["'“”]\{[^{}]*\}["'“”]?|\{[^{}]*\}["'“”]/.exec(command) ?? [];
  if (quoted === undefined) return [];
  return [
    {
      path,
      message: `quotes a placeholder: ${quoted}. Leave the quotes out, a value is one argument anyway`,
    },
  ];
}
