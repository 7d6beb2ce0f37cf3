import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TargetKind } from '../../src/command.ts';
import { readSettings } from '../../src/config/settings.ts';
import { chooseTarget } from '../../src/core/choose-target.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import type { Commands } from '../../src/core/registered-command.ts';
import { fillCommand } from '../../src/core/runbooks/fill-template.ts';
import type { Runbook } from '../../src/core/runbooks/runbook.ts';
import { openTargets, targetSchemas } from '../../src/targets/targets.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';

const root = resolve(import.meta.dirname, '../..');

/** As a person of the example's company would answer what a runbook asks. */
const answers: Readonly<Record<string, string>> = {
  target: 'rms',
  staging: 'rms-staging',
  backend: 'rms',
  tenant: 'acme',
  service: 'api',
  snapshot: 'snap-0a1b2c',
  'test-to': 'ops@example.com',
};

export interface AgainstSettings {
  /** Operations of all targets, as they are typed: `rms restart`. */
  readonly operations: readonly string[];
  /** Everything a runbook's steps have done by a command, and what their texts tell people to type. */
  typedBy(runbook: Runbook): { readonly step: string; readonly typed: string }[];
  /** Why these settings could not do it; undefined: they can. */
  problemOf(typed: string): string | undefined;
  problemsOf(runbook: Runbook): string[];
  close(): Promise<void>;
}

/** A settings file as it is shipped, to hold against it what would be typed; nothing is reached for. */
export async function againstSettings(file: string, commands: Commands): Promise<AgainstSettings> {
  const yaml = await readFile(resolve(root, file), 'utf8');
  const madeUp = (name: string) => {
    if (name.endsWith('DATABASE_URL')) return 'postgres://localhost/x';
    return name.endsWith('_URL') ? 'http://127.0.0.1:1' : 'a-secret-of-this-length';
  };
  const settings = readSettings(yaml, {
    file,
    env: Object.fromEntries([...yaml.matchAll(/\benv:([A-Z_]+)/g)].map(([, name]) => [name, madeUp(name!)])),
    targetSchemas,
    sourceSchemas: Object.fromEntries(loadSourceKinds()),
    commandNames: [...commands.keys()],
  });
  const targets = openTargets(settings.targets, {
    auditCheckpoints: { load: async () => undefined, save: async () => undefined },
    now: () => new Date(),
  });
  const operations = Object.entries(settings.targets).flatMap(([target, declared]) =>
    Object.keys(declared.operations ?? {}).map((operation) => `${target} ${operation}`),
  );

  /** A text leaves the target to the reader: any that declares the operation will do. */
  const toldOn = (words: string) => {
    const [, , operation = ''] = words.split(' ');
    return operations.find((one) => one.endsWith(` ${operation}`))?.split(' ')[0] ?? 'no-target-declares-it';
  };

  const typedBy: AgainstSettings['typedBy'] = ({ inputs, steps }) => {
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [
        name,
        answers[name] ?? input.default ?? `a sample of ${name}`,
      ]),
    );
    return steps.flatMap((step) => {
      const told = [...(step.text ?? '').matchAll(/\/ops (run-(?:operation|workflow) .*)$/gm)].map(
        ([, words]) =>
          words!
            .replace('<target>', toldOn(words!))
            .replaceAll(/(\w+)=<[^>]*>/g, (_, name) => `${name}=${answers[name] ?? '1'}`),
      );
      const own =
        step.kind === 'check' || step.kind === 'run'
          ? [step.command]
          : step.kind === 'wait' && step.until !== undefined
            ? [step.until.command]
            : [];
      return [...own.map((command) => fillCommand(command, given)), ...told].map((typed) => ({
        step: step.id,
        typed,
      }));
    });
  };

  const problemOf = (typed: string): string | undefined => {
    try {
      const { command, input, missing, problems } = parseInvocation(typed, commands);
      const wrong = [...missing.map((name) => `"${name}" is missing`), ...problems.map((one) => one.message)];
      if (wrong.length > 0) return wrong.join(', ');
      const needs = commands.get(command)?.definition.needs as TargetKind | undefined;
      if (needs === undefined) return undefined;
      const { name, environment } = chooseTarget(targets.offers, needs, input.target as string | undefined);
      if (command === 'run-operation') {
        targets.client('operations', name).operations.find(String(input.operation), pairs(input.param));
      }
      const workflow = String(input.workflow);
      const files = settings.targets[name]?.workflows?.files ?? {};
      if (command === 'run-workflow') {
        targets.client('workflows', name).workflows.find(workflow, pairs(input.input));
        if (files[workflow]?.onlyEnvironments?.includes(environment) === false) {
          return `it is refused on ${environment}`;
        }
      }
      if (command === 'workflow-status' && input.workflow !== undefined && !Object.hasOwn(files, workflow)) {
        return `${name} has no workflow "${workflow}"`;
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  return {
    operations,
    typedBy,
    problemOf,
    problemsOf: (runbook) =>
      typedBy(runbook).flatMap(({ step, typed }) => {
        const problem = problemOf(typed);
        return problem === undefined ? [] : [`${step}: ${typed}: ${problem}`];
      }),
    close: () => targets.close(),
  };
}

function pairs(given: unknown): Record<string, string> {
  return Object.fromEntries(
    ((given ?? []) as string[]).map((pair) => pair.split(/=(.*)/s) as [string, string]),
  );
}
