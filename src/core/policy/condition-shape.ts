import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../parse/nearest.ts';

export type Subject = 'args' | 'data';
const subjects: readonly string[] = ['args', 'data'] satisfies Subject[];

/** Names of types, for `type(data.count) == int`. */
const typeNames = ['int', 'double', 'string', 'bool', 'list', 'map', 'null_type'];

const loops = ['all', 'exists', 'exists_one', 'filter'];
/**
 * What a condition may call. Left out of CEL on purpose: `matches` runs JavaScript's regular expressions, which
 * can take forever; `map`, `split` and `join` build values as large as the square of the plan.
 */
const functions = [
  ...loops,
  ...['has', 'size', 'contains', 'startsWith', 'endsWith', 'lowerAscii', 'upperAscii', 'trim'],
  ...['int', 'double', 'string', 'bool', 'type', 'timestamp', 'duration'],
];

export interface ConditionShape {
  /** What is not allowed in a condition though CEL allows it, as the rest of a sentence about the key. */
  readonly mistake: string | undefined;
  readonly mentions: ReadonlySet<Subject>;
  readonly hasLoop: boolean;
}

/** What an expression uses, and whether it stays inside what can be evaluated in bounded time. */
export function conditionShape(ast: ASTNode): ConditionShape {
  const mentions = new Set<Subject>();
  let hasLoop = false;

  /** `inside`: variables of the loops around, undefined outside of any. */
  const visit = (node: ASTNode, inside: readonly string[]): string | undefined => {
    const visitAll = (nodes: readonly ASTNode[], within = inside): string | undefined => {
      for (const one of nodes) {
        const mistake = visit(one, within);
        if (mistake !== undefined) return mistake;
      }
      return undefined;
    };
    switch (node.op) {
      case 'value':
        // A plan holds no unsigned numbers and no bytes: comparing with one would quietly be false.
        return typeof node.args === 'object' && node.args !== null
          ? 'uses a kind of literal that no plan holds: write numbers as 5 or 5.0, text as "text"'
          : undefined;
      case 'id': {
        if (subjects.includes(node.args)) mentions.add(node.args as Subject);
        else if (!inside.includes(node.args) && !typeNames.includes(node.args)) return unknownName(node.args);
        return undefined;
      }
      case '.':
      case '.?':
        return visit(node.args[0], inside);
      case 'call':
        return unknownFunction(node.args[0]) ?? visitAll(node.args[1]);
      case 'rcall': {
        const [name, receiver, args] = node.args;
        const mistake = unknownFunction(name) ?? visit(receiver, inside);
        if (mistake !== undefined || !loops.includes(name)) return mistake ?? visitAll(args);
        const variable = args[0]?.op === 'id' ? args[0].args : '';
        if (subjects.includes(variable))
          return `gives a loop's variable the name "${variable}"; choose another`;
        if (inside.length > 0 && !inside.includes(rootOf(receiver))) {
          // Each level over the whole plan would multiply the work by its size.
          return `loops over the whole plan inside a loop over it; an inner "${name}" may only go through a part of the outer loop's element`;
        }
        hasLoop = true;
        return visitAll(args.slice(1), [...inside, variable]);
      }
      case 'list':
        return visitAll(node.args);
      case 'map':
        return visitAll(node.args.flat());
      case '!_':
      case '-_':
        return visit(node.args, inside);
      case '/':
        if (!isFraction(node.args[0]) && !isFraction(node.args[1])) {
          return 'divides whole numbers, and CEL then drops the fraction (7 / 2 is 3): write double(a) / b';
        }
        return visitAll(node.args);
      default:
        return visitAll(node.args);
    }
  };

  const mistake = visit(ast, []);
  return { mistake, mentions, hasLoop };
}

function unknownName(name: string): string {
  const example = name === 'argument' || name === 'arguments' ? 'args' : `data.${name}`;
  return `names "${name}", but a condition knows only "args" and "data"; did you mean "${example}"?`;
}

function unknownFunction(name: string): string | undefined {
  if (functions.includes(name)) return undefined;
  const [best] = nearest(name, functions, 1);
  const hint = best === undefined ? `; there are ${functions.join(', ')}` : `; did you mean "${best}"?`;
  return `uses the function "${name}", which a condition may not${hint}`;
}

/** The variable a path such as `item.tags[0]` begins with; empty for anything else. */
function rootOf(node: ASTNode): string {
  if (node.op === 'id') return node.args;
  return node.op === '.' || node.op === '[]' ? rootOf(node.args[0]) : '';
}

/** Surely a double, whatever the plan holds. */
function isFraction(node: ASTNode): boolean {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'number';
    case 'call':
      return node.args[0] === 'double';
    case '-_':
      return isFraction(node.args);
    case '+':
    case '-':
    case '*':
    case '/':
      return node.args.some(isFraction);
    default:
      return false;
  }
}
