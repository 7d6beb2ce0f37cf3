import path from 'node:path';
import type { z } from 'zod';
import { Secret, secretReference } from '../core/secret.ts';
import type { SourceSchemas } from './alert-source-schema.ts';
import { ConfigurationProblem, type Problem } from './configuration-problem.ts';
import type { EnvironmentVariables } from './environment.ts';
import { keysAt } from './known-keys.ts';
import { crossCheck } from './settings-checks.ts';
import { type Settings, settingsSchema, type TargetSchemas } from './settings-schema.ts';
import { suggestion } from './unknown-names.ts';
import { type Path, readYaml, type YamlSource } from './yaml-source.ts';

export type { SourceSchemas } from './alert-source-schema.ts';
export type { Settings, TargetSchemas } from './settings-schema.ts';

export interface SettingsSource<Schemas extends TargetSchemas> {
  /** Path of the file, as it is named in problems; relative paths inside the file start at its folder. */
  readonly file: string;
  /** Where `env:NAME` is looked up. */
  readonly env: EnvironmentVariables;
  /** Kind → the schema of its block under `targets.<name>`. */
  readonly targetSchemas?: Schemas;
  /** Kind of monitoring source → what its keys are. */
  readonly sourceSchemas?: SourceSchemas;
  /** Every command there is: lets a rule that names none of them be refused. */
  readonly commandNames?: readonly string[];
}

/**
 * Reads the text of the settings file.
 * @throws ConfigurationProblem with every problem, each naming file, line, column and key.
 */
export function readSettings<Schemas extends TargetSchemas = Record<never, never>>(
  text: string,
  source: SettingsSource<Schemas>,
): Settings<Schemas> {
  const { file, env, targetSchemas, sourceSchemas, commandNames } = source;
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) throw new ConfigurationProblem(`"${file}"`, yaml.problems);

  const problems: Problem[] = [];
  const data = withSecrets(yaml.data, [], env, (where, message) => {
    problems.push({ place: yaml.placeOf(where), message });
  });
  const schema = settingsSchema(targetSchemas ?? {}, sourceSchemas ?? {});
  const parsed = schema.safeParse(data ?? {});
  for (const issue of parsed.error?.issues ?? []) problems.push(...problemsOf(issue, schema, data, yaml));
  if (parsed.success) {
    for (const finding of crossCheck(parsed.data, commandNames)) {
      problems.push({ place: yaml.placeOf(finding.path), message: finding.message });
    }
  }
  if (!parsed.success || problems.length > 0) throw new ConfigurationProblem(`"${file}"`, problems);

  parsed.data.ledger.checkpointFile = path.resolve(path.dirname(file), parsed.data.ledger.checkpointFile);
  return deepFreeze(parsed.data) as unknown as Settings<Schemas>;
}

/** Every secret in the settings, for the redactor. */
export function secretsOfSettings(settings: unknown): Secret[] {
  if (settings instanceof Secret) return [settings];
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.values(settings).flatMap(secretsOfSettings);
}

/** A copy in which every `env:NAME` is its {@link Secret}; only `secret()` fields then accept it. */
function withSecrets(
  value: unknown,
  where: Path,
  env: EnvironmentVariables,
  problem: (where: Path, message: string) => void,
): unknown {
  if (typeof value === 'string' && value.startsWith('env:')) {
    const name = secretReference.exec(value)?.[1];
    if (name === undefined)
      problem(where, 'must be "env:" and the name of a variable, for example "env:PILOT_DATABASE_URL"');
    else if ((env[name] ?? '') === '')
      problem(where, `names the environment variable ${name}, which is not set. Set it and start again`);
    return new Secret(name ?? '', env[name ?? ''] ?? '');
  }
  if (Array.isArray(value))
    return value.map((item, index) => withSecrets(item, [...where, index], env, problem));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, withSecrets(child, [...where, key], env, problem)]),
  );
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, data: unknown, yaml: YamlSource): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path, data);
    return issue.keys.map((key) => ({
      place: yaml.placeOfKey([...issue.path, key]),
      message: `is not a known key${suggestion(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    return nearestBranch(issue.errors).flatMap((inner) =>
      problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, schema, data, yaml),
    );
  }
  if (issue.code === 'invalid_key') {
    return [{ place: yaml.placeOfKey(issue.path), message: issue.issues[0]?.message ?? issue.message }];
  }
  const given = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    data,
  );
  return [{ place: yaml.placeOf(issue.path), message: messageOf(issue, given) }];
}

/** Of the forms a value may take, the one it was probably meant to be: the one in which it came furthest. */
function nearestBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] {
  const reach = (branch: readonly z.core.$ZodIssue[]): number =>
    Math.max(...branch.map(({ code, path: inner }) => inner.length + (code === 'unrecognized_keys' ? 1 : 0)));
  return branches.reduce((best, branch) => (reach(branch) > reach(best) ? branch : best), branches[0] ?? []);
}

function messageOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (given instanceof Secret && issue.code !== 'custom') {
    return 'is not a secret: write the value itself here, not "env:NAME"';
  }
  const isZodsOwnWording = /^(Invalid|Too) /.test(issue.message);
  if (given === undefined && isZodsOwnWording) return 'is missing';
  // Zod's own sentences follow "Invalid input: "; ours already say what to do.
  return issue.message.replace(/^Invalid (input|option): /, 'is not usable: ');
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
