import { countPeople } from '../core/identity.ts';
import { nearest } from '../core/parse/nearest.ts';
import type { Settings } from './settings-schema.ts';
import type { Path } from './yaml-source.ts';

export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/**
 * What no single value shows: names that point at nothing. A rule with a misspelt name would silently never
 * match, and the command fall through to a laxer rule below it.
 * @param commandNames every command there is; undefined while they are not known.
 */
export function crossCheck(settings: Settings, commandNames: readonly string[] | undefined): Finding[] {
  const known = {
    target: Object.keys(settings.targets),
    environment: [...new Set(Object.values(settings.targets).map(({ environment }) => environment))],
    command: commandNames,
  };
  return settings.policy.flatMap((rule, index) => [
    ...(['run', 'approve'] as const).flatMap((key) =>
      unknownNames(rule[key], Object.keys(settings.roles), 'role', ['policy', index, key]),
    ),
    ...(['target', 'environment', 'command'] as const).flatMap((key) =>
      unknownNames(rule[key], known[key], key, ['policy', index, key]),
    ),
    ...signatureFindings(settings, index),
  ]);
}

function unknownNames(
  names: readonly string[] | undefined,
  known: readonly string[] | undefined,
  noun: string,
  path: Path,
): Finding[] {
  if (names === undefined || known === undefined) return [];
  return names.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            path: [...path, index],
            message: `names the unknown ${noun} "${name}"${suggestion(name, known)}`,
          },
        ],
  );
}

/** `; did you mean "x"?`, or everything there is. */
export function suggestion(name: string, known: readonly string[]): string {
  const [best] = nearest(name, known, 1);
  if (best !== undefined) return `; did you mean "${best}"?`;
  return known.length === 0 ? '; there are none' : `; there are ${known.join(', ')}`;
}

function signatureFindings(settings: Settings, index: number): Finding[] {
  const rule = settings.policy[index];
  if (rule === undefined) return [];
  const path = ['policy', index] as const;
  const { approve, approvals, risk } = rule;
  if (approve === undefined) {
    if (approvals !== undefined && approvals > 0) {
      return [
        {
          path: [...path, 'approvals'],
          message: 'asks for signatures, but "approve" does not say from which roles',
        },
      ];
    }
    if (approvals === undefined && risk?.includes('dangerous') && rule.run.length > 0) {
      return [
        {
          path,
          message:
            'lets dangerous commands run unsigned. Add "approve: [role]", or "approvals: 0" to say that this is wanted',
        },
      ];
    }
    return [];
  }
  if (approvals === 0) {
    return [{ path: [...path, 'approvals'], message: 'is 0 beside "approve". Remove one of them' }];
  }
  if (risk?.every((one) => one === 'read')) {
    return [
      { path: [...path, 'approve'], message: 'has no effect: reads never need a signature. Remove it' },
    ];
  }
  return tooFewFindings(settings, approve, approvals ?? 1, path);
}

/** Only where every signer is named: a user group's size is Slack's business and changes. */
function tooFewFindings(
  settings: Settings,
  approve: readonly string[],
  needed: number,
  path: Path,
): Finding[] {
  const roles = approve.flatMap((name) =>
    Object.hasOwn(settings.roles, name) ? [settings.roles[name]] : [],
  );
  if (roles.length < approve.length || roles.some((role) => (role?.usergroups.length ?? 0) > 0)) return [];
  const people = countPeople(settings.identities, new Set(roles.flatMap((role) => role?.users ?? [])));
  if (people >= needed) return [];
  return [
    {
      path: [...path, 'approve'],
      message: `can never be met: it needs ${needed} different people to sign, and ${approve.join(' and ')} together hold ${people}`,
    },
  ];
}
