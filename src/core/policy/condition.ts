import { Environment, EvaluationError, ParseError, TypeError as TypeMistake } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../../command.ts';
import { conditionShape, type Subject } from './condition-shape.ts';

/** What a rule's `when` is asked about; what is not known yet is left out. */
export interface ConditionFacts {
  /** Arguments with every reference resolved, as the plan freezes them. */
  readonly args?: JsonObject | undefined;
  /** The plan's data. */
  readonly data?: JsonObject | undefined;
}

/** `open`: it depends on something that is not known yet. */
export type ConditionVerdict = 'holds' | 'fails' | 'open' | { readonly problem: string };

/** Values a plan may hold for a condition to look at: bounds the work of one evaluation. */
const mostValues = 100_000;
/** With a loop, whose every turn may look through everything once more (10,000 × 10,000 is about 0.2 s). */
const mostValuesWithLoop = 10_000;
const mostCharacters = 1_000;
const deepestValue = 64;

const cel = conditionEnvironment();

/** What is wrong with an expression, as the rest of a sentence about the key; undefined when it can be used. */
export function conditionMistake(text: string): string | undefined {
  const compiled = compile(text);
  return 'mistake' in compiled ? compiled.mistake : undefined;
}

/**
 * Evaluates a rule's `when` (CEL, https://cel.dev, the language of Kubernetes' admission policies). Never throws.
 * A whole number of the plan is CEL's int, any other a double; they compare and calculate with each other. What
 * can have no answer (a missing key, text compared with a number, no boolean at the end) is a problem, never false.
 */
export function decideCondition(text: string, facts: ConditionFacts): ConditionVerdict {
  const compiled = compile(text);
  if ('mistake' in compiled) return { problem: `it ${compiled.mistake}` };
  const isOpen = [...compiled.mentions].some((subject) => facts[subject] === undefined);
  try {
    const budget = { left: compiled.hasLoop ? mostValuesWithLoop : mostValues };
    const context: Record<string, unknown> = {};
    for (const subject of compiled.mentions) {
      const fact = facts[subject];
      if (fact !== undefined) context[subject] = celValue(fact, budget, 0);
    }
    const value: unknown = compiled.run(context);
    if (typeof value === 'boolean') return value ? 'holds' : 'fails';
    return { problem: 'it gives neither true nor false' };
  } catch (error) {
    // Looking at what is not known yet throws too, unless the rest decides whatever it will be.
    return isOpen ? 'open' : { problem: problemOf(error) };
  }
}

type Compiled =
  | { readonly mistake: string }
  | {
      readonly mentions: ReadonlySet<Subject>;
      readonly hasLoop: boolean;
      readonly run: (context: Record<string, unknown>) => unknown;
    };

/** About 20 µs, so nothing is kept between decisions. */
function compile(text: string): Compiled {
  if (text.length > mostCharacters) return { mistake: `is longer than ${mostCharacters} characters` };
  try {
    const run = cel.parse(text);
    const { mistake, mentions, hasLoop } = conditionShape(run.ast);
    if (mistake !== undefined) return { mistake };
    const checked = run.check();
    if (!checked.valid) return { mistake: celMistake(checked.error) };
    if (mentions.size === 0) {
      return { mistake: 'mentions neither "args" nor "data", so it would always be the same' };
    }
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      return { mistake: `gives ${checked.type}, and must give true or false` };
    }
    return { mentions, hasLoop, run };
  } catch (error) {
    return { mistake: celMistake(error) };
  }
}

function celMistake(error: unknown): string {
  const at = error instanceof ParseError || error instanceof TypeMistake ? error.range?.start : undefined;
  const place = at === undefined ? '' : ` at character ${at + 1}`;
  return `is not a CEL expression such as "data.count > 500": ${problemOf(error)}${place}`;
}

/** Without the library's drawing of where it stands in the text. */
function problemOf(error: unknown): string {
  if (error instanceof EvaluationError || error instanceof ParseError || error instanceof TypeMistake) {
    return error.summary;
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * JSON as CEL sees it. Objects become maps: their keys come from outside, and one named "constructor" must not be
 * taken for the object's own. A whole number beyond 2^53 has lost digits and stays a double.
 */
function celValue(value: Json, budget: { left: number }, depth: number): unknown {
  budget.left -= 1;
  if (budget.left < 0) throw new RangeError('the plan holds more values than a condition may look through');
  if (depth > deepestValue) throw new RangeError('the plan is nested too deeply for a condition');
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => celValue(item, budget, depth + 1));
  return new Map(
    Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : [[key, celValue(child as Json, budget, depth + 1)] as const],
    ),
  );
}

function conditionEnvironment(): Environment {
  const environment = new Environment({
    limits: { maxAstNodes: 200, maxDepth: 30, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 4 },
  })
    .registerVariable('args', 'map')
    .registerVariable('data', 'map');

  // CEL has no int + double. A plan's 1.5 may be 1 another day, and the rule must not break on that day.
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [operator, calculate] of Object.entries(arithmetic)) {
    const handle = (a: bigint | number, b: bigint | number) => calculate(Number(a), Number(b));
    environment.registerOperator(`int ${operator} double: double`, handle);
    environment.registerOperator(`double ${operator} int: double`, handle);
  }

  // `1.0 == 1` compares, as `1.0 < 1` does in CEL already; the mirrored form comes with it.
  environment.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b);

  // In CEL `args.tenant == "acme"` is false when the tenant is an object: the rule would quietly never match.
  const kinds = ['string', 'int', 'double', 'bool', 'map', 'list'];
  kinds.forEach((left, index) => {
    for (const right of kinds.slice(index + 1)) {
      if (left === 'int' && right === 'double') continue;
      environment.registerOperator(`${left} == ${right}`, () => {
        throw new Error(`it compares a ${left} with a ${right}`);
      });
    }
  });
  return environment;
}
