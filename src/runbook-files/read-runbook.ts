import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { suggestion } from '../config/unknown-names.ts';
import type { Inputs } from '../core/runbooks/fill-template.ts';
import type { Runbook, RunbookInput, RunbookStep } from '../core/runbooks/runbook.ts';
import { type RunbookFile, runbookFile, type StepKey, stepKeys, stepSchemas } from './runbook-schema.ts';
import { readYamlLines, type YamlPath } from './yaml-lines.ts';

export interface FileProblem {
  readonly line: number;
  readonly message: string;
}

export interface ReadRunbook {
  readonly problems: readonly FileProblem[];
  /** Undefined when there are problems. */
  readonly runbook: Runbook | undefined;
  /** Values that fit, to try the commands with. */
  readonly examples: Inputs;
  lineOf(path: YamlPath, quote?: string): number;
}

/** What a file says, with every mistake that shows in the file alone. */
export function readRunbook(name: string, bytes: Buffer): ReadRunbook {
  const { data, problems: yamlProblems, lineOf } = readYamlLines(bytes.toString('utf8'));
  if (yamlProblems.length > 0) return { problems: yamlProblems, runbook: undefined, examples: {}, lineOf };

  const problems: FileProblem[] = [];
  const report = (issues: readonly z.core.$ZodIssue[], keys: readonly string[], above: YamlPath = []) => {
    for (const issue of issues) {
      const path = [...above, ...issue.path];
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          const known = issue.path.length === 0 ? keys : [];
          const message = `there is no such key${known.length === 0 ? '' : suggestion(key, known)}`;
          problems.push({ line: lineOf([...path, key]), message: `${key}: ${message}` });
        }
      } else {
        const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
        problems.push({ line: lineOf(path), message: withKey(path, message ?? issue.message) });
      }
    }
  };

  const file = runbookFile.safeParse(data ?? {});
  report(file.error?.issues ?? [], Object.keys(runbookFile.shape));
  const written: unknown = file.data?.steps ?? (data as { steps?: unknown } | null)?.steps;
  const steps = (Array.isArray(written) ? written : []).flatMap((step: unknown, index): RunbookStep[] => {
    const path = ['steps', index];
    const kind = kindOf(step);
    if ('problem' in kind) {
      problems.push({ line: lineOf(path), message: withKey(path, kind.problem) });
      return [];
    }
    const parsed = stepSchemas[kind.key].safeParse(step);
    report(parsed.error?.issues ?? [], Object.keys(stepSchemas[kind.key].shape), path);
    return parsed.success ? [stepOf({ [kind.key]: parsed.data } as ParsedStep, lineOf(path))] : [];
  });

  const [first, ...others] = steps;
  if (!file.success || problems.length > 0 || first === undefined)
    return { problems, runbook: undefined, examples: {}, lineOf };
  return {
    problems,
    runbook: {
      ...headOf(file.data),
      name,
      version: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
      steps: [first, ...others],
    },
    examples: Object.fromEntries(
      Object.entries(file.data.inputs).flatMap(([input, { example }]) =>
        example === undefined ? [] : [[input, example]],
      ),
    ),
    lineOf,
  };
}

/** Of a list, its own place says more than its number: `step 3`. */
function withKey(path: YamlPath, message: string): string {
  const last = path.at(-1);
  if (last === undefined) return `it ${message}`;
  if (typeof last !== 'number') return `${String(last)}: ${message}`;
  const list = path.at(-2);
  return list === 'steps' ? `step ${last + 1} ${message}` : `${String(list)}: ${message}`;
}

function kindOf(step: unknown): { readonly key: StepKey } | { readonly problem: string } {
  if (typeof step !== 'object' || step === null || Array.isArray(step))
    return { problem: 'must be a map with an id, a title and what to do' };
  const [key, ...more] = stepKeys.filter((kind) => Object.hasOwn(step, kind));
  if (key === undefined)
    return { problem: `does not say what kind it is. Give it one of ${stepKeys.join(', ')}` };
  if (more.length > 0)
    return { problem: `is several things at once: ${[key, ...more].join(', ')}. Make it a step each` };
  return { key };
}

type ParsedStep = { readonly [Key in StepKey]?: z.output<(typeof stepSchemas)[Key]> };

/** How often a wait looks, where its file does not say. */
const usualEveryMinutes = 5;

function stepOf(parsed: ParsedStep, line: number): RunbookStep {
  const { do: deed, check, run, wait, message } = parsed;
  const base = ({ id, title, role, requires }: z.output<typeof stepSchemas.do> | Explained) => ({
    id,
    title,
    role,
    requires,
    line,
  });
  if (deed !== undefined) return { ...base(deed), kind: 'do', text: deed.do, evidence: deed.evidence };
  if (check !== undefined) return { ...base(check), kind: 'check', text: check.text, command: check.check };
  if (run !== undefined) return { ...base(run), kind: 'run', text: run.text, command: run.run };
  if (wait !== undefined) {
    const { until, every = Math.min(usualEveryMinutes, wait.wait) } = wait;
    return {
      ...base(wait),
      kind: 'wait',
      text: wait.text,
      minutes: wait.wait,
      until: until === undefined ? undefined : { command: until, everyMinutes: every },
    };
  }
  return {
    ...base(message!),
    kind: 'message',
    text: message!.text,
    template: message!.message,
    to: message!.to,
  };
}
type Explained = z.output<(typeof stepSchemas)['check' | 'run' | 'wait' | 'message']>;

function headOf(file: RunbookFile): Omit<Runbook, 'name' | 'version' | 'steps'> {
  const { title, summary, canonical, owner, reviewBy, alerts, inputs } = file;
  return {
    title,
    summary,
    canonical,
    owner,
    reviewBy,
    alerts,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, input]): [string, RunbookInput] => [
        name,
        {
          ask: input.ask,
          isRequired: input.required ?? input.default === undefined,
          default: input.default,
          from: input.from,
        },
      ]),
    ),
  };
}
