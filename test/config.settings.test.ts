import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationProblem } from '../src/config/configuration-problem.ts';
import { readSettings, secretsOfSettings } from '../src/config/settings.ts';
import { loadSettings } from '../src/config.ts';
import { bucketsFor } from '../src/core/pacing.ts';
import { policyDigest } from '../src/core/policy/policy-digest.ts';
import { secret } from '../src/core/secret.ts';
import { targetSchemas as realTargetSchemas } from '../src/targets/targets.ts';

const yaml = `channels: { ops: C0OPS, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }
roles:
  responder: { users: [U0ADA], usergroups: [S0ONCALL] }
  approver:  { users: [U0GRACE] }
  admin:     { users: [U0LINUS, "cli:root"] }
identities: [[U0ADA, U0ADAALT]]
policy:
  - { risk: read,      run: [responder] }
  - { risk: [change],  run: [responder], environment: production }
  - { risk: dangerous, run: [responder], approve: [approver], approvals: 1, expiresMinutes: 30 }
targets:
  pilot:
    environment: production
    databaseUrl: env:PILOT_DATABASE_URL
    audit: { recipe: pilot-v1 }
`;
const env = { PILOT_DATABASE_URL: 'postgres://reader:s3cretive@localhost/pilot' };
const targetSchemas = { audit: z.strictObject({ recipe: z.string(), key: secret().optional() }) };
const read = (text: string, commandNames?: string[]) =>
  readSettings(text, {
    file: '/etc/cs/countersign.yaml',
    env,
    targetSchemas,
    ...(commandNames && { commandNames }),
  });

/** `12:5 policy[2].run: message` per problem. */
function problemsOf(text: string, commandNames?: string[]): string[] {
  try {
    read(text, commandNames);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationProblem);
    const { problems, message } = error as ConfigurationProblem;
    for (const problem of problems) expect(message).toContain(`${problem.place}: ${problem.message}`);
    return problems.map((problem) => {
      expect(problem.place).toMatch(/^\/etc\/cs\/countersign\.yaml:\d+:\d+/);
      return `${problem.place.replace('/etc/cs/countersign.yaml:', '')}: ${problem.message}`;
    });
  }
  throw new Error('It was accepted.');
}
const changed = (from: string, to: string): string => {
  expect(yaml).toContain(from);
  return yaml.replace(from, to);
};

describe('reading the settings', () => {
  it('reads the documented shape and fills in defaults', () => {
    const settings = read(yaml);
    expect(settings.channels).toEqual({
      ops: 'C0OPS',
      incidents: 'C0INC',
      alerts: 'C0ALERTS',
      ledger: '#ledger',
    });
    expect(settings.roles.approver).toEqual({ users: ['U0GRACE'], usergroups: [] });
    expect(settings.policy).toEqual([
      { risk: ['read'], run: ['responder'], expiresMinutes: 15 },
      { risk: ['change'], environment: ['production'], run: ['responder'], expiresMinutes: 15 },
      { risk: ['dangerous'], run: ['responder'], approve: ['approver'], approvals: 1, expiresMinutes: 30 },
    ]);
    expect(settings.targets.pilot?.databaseUrl?.reveal()).toBe(env.PILOT_DATABASE_URL);
    expect(settings.targets.pilot?.audit?.recipe).toBe('pilot-v1');
    expect(settings.slack.pacing.updatesPerMinute).toBe(40);
    expect(settings.ledger.checkpointFile).toBe('/etc/cs/.countersign/checkpoints.jsonl');
  });

  it('reads conditions, limits, break-glass, who is on call, and rules that leave out what one below gives', () => {
    const more = `  - { command: resend, when: data.count > 500, approvals: 1, limit: 3/hour,
      breakGlass: { run: [responder], afterMinutes: 10 } }
  - { risk: change, run: [responder] }
`;
    const text = `${changed('  - { risk: read, ', `${more}  - { risk: read, `)}onCall: { users: [U0GRACE] }\n`;
    const settings = read(text);
    expect(settings.policy[0]).toEqual({
      command: ['resend'],
      when: 'data.count > 500',
      approvals: 1,
      limit: { count: 3, perMinutes: 60 },
      breakGlass: { run: ['responder'], afterMinutes: 10 },
      expiresMinutes: 15,
    });
    expect(settings.onCall).toEqual({ users: ['U0GRACE'], usergroups: [] });
  });

  it('gives policy and pacing what they take', () => {
    const settings = read(yaml);
    expect(policyDigest(settings)).toMatch(/^[0-9a-f]{64}$/);
    const edit = { method: 'chat.update', urgency: 'decision' } as const;
    expect(bucketsFor(edit, settings.slack.pacing)).toMatchObject([{ capacity: 8, leave: 0 }]);
  });

  it('freezes everything and prints no secret', () => {
    const settings = read(yaml);
    expect(Object.isFrozen(settings.roles.responder?.users)).toBe(true);
    expect(Object.isFrozen(settings.policy[0])).toBe(true);
    expect(Object.isFrozen(settings.targets.pilot?.audit)).toBe(true);
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toContain('s3cretive');
    expect(secretsOfSettings(settings).map(({ name }) => name)).toEqual(['PILOT_DATABASE_URL']);
  });

  it.each([
    [
      'an unknown key, naming the nearest',
      changed('channels:', 'chanels:'),
      ['1:1 channels: is missing', '1:1 chanels: is not a known key; did you mean "channels"?'],
    ],
    [
      'an unknown key deep inside',
      changed('usergroups: [S0ONCALL]', 'groups: [S0ONCALL]'),
      ['3:32 roles.responder.groups: is not a known key; there are users, usergroups'],
    ],
    [
      'an unknown rule key',
      changed('run: [responder], environment: production', 'run: [responder], whenever: "1"'),
      ['9:42 policy[1].whenever: is not a known key; did you mean "when"?'],
    ],
    [
      'a condition that is no expression',
      changed('run: [responder], environment: production', 'run: [responder], when: data.count >'),
      [
        '9:48 policy[1].when: is not a CEL expression such as "data.count > 500": Unexpected token: EOF at character 13',
      ],
    ],
    [
      'a condition about something else than args and data',
      changed('run: [responder], environment: production', 'run: [responder], when: count > 500'),
      [
        '9:48 policy[1].when: names "count", but a condition knows only "args" and "data"; did you mean "data.count"?',
      ],
    ],
    [
      'a condition YAML took for something else',
      changed('run: [responder], environment: production', 'run: [responder], when: true'),
      ['9:48 policy[1].when: must be a CEL expression such as "data.count > 500"'],
    ],
    [
      'a limit nobody can count',
      changed('run: [responder], environment: production', 'run: [responder], limit: 3/week'),
      [
        '9:49 policy[1].limit: must be a number of runs per minute, hour or day, such as 3/hour; 1000 at most',
      ],
    ],
    [
      'a limit on reads',
      changed('run: [responder] }', 'run: [responder], limit: 3/hour }'),
      ['8:49 policy[0].limit: has no effect: reads are not limited. Remove it'],
    ],
    [
      'an unknown role that breaks glass',
      changed('approvals: 1,', 'approvals: 1, breakGlass: { run: [respnder], afterMinutes: 10 },'),
      ['10:97 policy[2].breakGlass.run[0]: names the unknown role "respnder"; did you mean "responder"?'],
    ],
    [
      'glass that nobody could break in time',
      changed('approvals: 1,', 'approvals: 1, breakGlass: { run: [responder], afterMinutes: 30 },'),
      [
        '10:123 policy[2].breakGlass.afterMinutes: is never reached: the request expires after 30 minutes (expiresMinutes)',
      ],
    ],
    [
      'glass over nothing',
      changed(
        'run: [responder], environment: production',
        'run: [responder], breakGlass: { run: [responder], afterMinutes: 5 }',
      ),
      ['9:54 policy[1].breakGlass: has no effect: the rule asks for no signatures. Remove it'],
    ],
    [
      'a rule that nobody could run',
      changed('run: [responder], environment: production', 'approvals: 0, environment: production'),
      [
        '9:5 policy[1]: does not say who may run it, and no rule below that could match does. Add "run: [role]"',
      ],
    ],
    [
      'a user group on call that is none',
      `${yaml}onCall: { usergroups: [oncall] }\n`,
      [
        '16:24 onCall.usergroups[0]: is not a user group id. Use one such as S0123ABCD (in Slack: the group\'s ⋮, "Copy group ID")',
      ],
    ],
    [
      'a kind of target nobody knows',
      changed('audit: {', 'audits: {'),
      ['15:5 targets.pilot.audits: is not a known key; did you mean "audit"?'],
    ],
    ['a duplicate key', `${yaml}policy: []\n`, ['16:1 policy: is given twice; keep one of them']],
    [
      'a missing key',
      changed('ops: C0OPS, ', ''),
      [
        '1:11 channels.ops: is missing. Give a channel id such as C0123ABCD, or its name in quotes such as "#ops"',
      ],
    ],
    [
      'a channel lost to a comment',
      changed(
        'channels: { ops: C0OPS, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }',
        'channels:\n  ops: #ops\n  ledger: C0L',
      ),
      [
        '2:8 channels.ops: is empty. A # begins a comment in YAML: write "#ops" in quotes, or the channel\'s id',
      ],
    ],
    [
      'an undefined role',
      changed('approve: [approver]', 'approve: [aprover]'),
      ['10:52 policy[2].approve[0]: names the unknown role "aprover"; did you mean "approver"?'],
    ],
    [
      'a role found on every object',
      changed('run: [responder] }', 'run: [constructor] }'),
      ['8:30 policy[0].run[0]: names the unknown role "constructor"; there are responder, approver, admin'],
    ],
    [
      'an unknown environment',
      changed('environment: production }', 'environment: prodution }'),
      [
        '9:55 policy[1].environment[0]: names the unknown environment "prodution"; did you mean "production"?',
      ],
    ],
    [
      'a secret in the file',
      changed('env:PILOT_DATABASE_URL', 'postgres://u:hunter2@h/db'),
      [
        '14:18 targets.pilot.databaseUrl: must not stand in this file as text; put the value in an environment variable and write "env:NAME" here',
      ],
    ],
    [
      'a secret whose variable is not set',
      changed('env:PILOT', 'env:PLOT'),
      [
        '14:18 targets.pilot.databaseUrl: names the environment variable PLOT_DATABASE_URL, which is not set. Set it and start again',
      ],
    ],
    [
      'a secret reference nobody can follow',
      changed('env:PILOT_DATABASE_URL', '"env:A B"'),
      [
        '14:18 targets.pilot.databaseUrl: must be "env:" and the name of a variable, for example "env:PILOT_DATABASE_URL"',
      ],
    ],
    [
      'an env: reference where no secret belongs',
      changed('recipe: pilot-v1', 'recipe: env:PILOT_DATABASE_URL'),
      ['15:22 targets.pilot.audit.recipe: is not a secret: write the value itself here, not "env:NAME"'],
    ],
    [
      'a dangerous rule without a word on signatures',
      changed(', approve: [approver], approvals: 1', ''),
      [
        '10:5 policy[2]: lets dangerous commands run unsigned. Add "approve: [role]", or "approvals: 0" to say that this is wanted',
      ],
    ],
    [
      'signatures without signers',
      changed('approve: [approver], ', '').replace('  approver: ', '  signer: '),
      [
        '10:53 policy[2].approvals: asks for signatures, but neither this rule nor one below says from which roles, and there is no role "approver"',
      ],
    ],
    [
      'more signatures than any role could give that signs in its place',
      changed('approve: [approver], approvals: 1', 'approvals: 2'),
      [
        '10:53 policy[2].approvals: can never be met: it needs 2 different people to sign, and approver together hold 1',
      ],
    ],
    [
      'an empty list of signers',
      changed('approve: [approver]', 'approve: []'),
      ['10:51 policy[2].approve: is an empty list, so nobody could sign. Name a role, or remove the key'],
    ],
    [
      'more signatures than people',
      changed('approvals: 1', 'approvals: 2'),
      [
        '10:51 policy[2].approve: can never be met: it needs 2 different people to sign, and approver together hold 1',
      ],
    ],
    [
      'a signature on a read',
      changed('run: [responder] }', 'run: [responder], approve: [approver] }'),
      ['8:51 policy[0].approve: has no effect: reads never need a signature. Remove it'],
    ],
    [
      'a person by name',
      changed('[U0GRACE]', '[grace]'),
      [
        '4:24 roles.approver.users[0]: is not a member id. Use one such as U0123ABCD (in Slack: profile, ⋮, "Copy member ID"), or "cli:<login>" for the command line',
      ],
    ],
    [
      'more edits than Slack allows',
      `${yaml}slack: { pacing: { updatesPerMinute: 45 } }\n`,
      [
        '16:18 slack.pacing.updatesBurst: updatesPerMinute and updatesBurst together must not exceed 50, what Slack allows in a minute',
      ],
    ],
    [
      'an unusable role name',
      changed('  approver:  {', '  "Approver!":  {'),
      [
        '4:3 roles.Approver!: is not a usable role name: use lower-case letters, digits and "-", beginning with a letter, at most 40',
      ],
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it.each([
    [
      'a value that fits no form',
      'recipe: pilot-v2',
      '15:22 targets.pilot.audit.recipe: is not usable: expected "pilot-v1"',
    ],
    [
      'a mistake inside the form that was meant',
      'recipe: { parts: [action] }',
      '15:31 targets.pilot.audit.recipe.parts: A chain hashes prevHash, or it is no chain',
    ],
    [
      'an unknown key inside the form that was meant',
      'recipe: { parts: [prevHash], seperator: "|" }',
      '15:43 targets.pilot.audit.recipe.seperator: is not a known key; did you mean "separator"?',
    ],
  ])('names %s, where a setting may take several', (_, written, expected) => {
    const source = { file: '/etc/cs/countersign.yaml', env, targetSchemas: realTargetSchemas };
    expect(readSettings(yaml, source).targets.pilot?.audit?.table).toBe('AuditLog');
    expect(() => readSettings(changed('recipe: pilot-v1', written), source)).toThrow(
      `cannot be used (1 problem):\n  /etc/cs/countersign.yaml:${expected}`,
    );
  });

  it('refuses a rule for a command that does not exist, which would never match', () => {
    const text = changed('- { risk: read, ', '- { command: verfy-audit, ');
    expect(problemsOf(text, ['help', 'verify-audit'])).toEqual([
      '8:16 policy[0].command[0]: names the unknown command "verfy-audit"; did you mean "verify-audit"?',
    ]);
    expect(read(text).policy[0]?.command).toEqual(['verfy-audit']);
  });

  it.each([
    ['an unclosed list', changed('[U0GRACE] }', '[U0GRACE }'), /^\d+:\d+ roles\.approver.*: is not YAML: /],
    ['a tab', changed('    environment', '\tenvironment'), /^13:\d+ targets\.pilot.*(tab|YAML)/],
    [
      'a lone anchor',
      changed('run: [responder] }', 'run: *nobody }'),
      /^8:\d+ policy\[0\]\.run: refers to \*nobody, which is not defined/,
    ],
    ['two documents', `${yaml}---\n${yaml}`, /^\d+:\d+.*: is not YAML/],
    [
      'an unknown tag',
      changed('users: [U0GRACE]', 'users: !env [U0GRACE]'),
      /^4:\d+ roles\.approver\.users: is not YAML/,
    ],
    ['a plain word', 'hello', /^1:1: is not usable: expected object/],
  ])('names line and key of %s', (_, text, expected) => {
    expect(problemsOf(text)[0]).toMatch(expected);
  });

  it('reports every missing part of an empty file', () => {
    expect(problemsOf('').map((problem) => problem.split(': ')[0])).toEqual([
      '1:1 channels',
      '1:1 roles',
      '1:1 policy',
    ]);
  });

  it('survives aliases that multiply or contain themselves', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 0; level < 8; level++) {
      const [before, name] = ['abcdefghi'[level], 'abcdefghi'[level + 1]];
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
    }
    expect(problemsOf(bomb.join('\n'))[0]).toContain('cannot be read');
    expect(problemsOf('a: &a [1, *a]')).toEqual(['1:11 a[1]: contains itself']);
  });

  it('says which file is missing and how to make one', async () => {
    const source = { file: '/nonexistent/countersign.yaml', env };
    await expect(loadSettings(source)).rejects.toThrow(/countersign\.example\.yaml/);
  });
});
