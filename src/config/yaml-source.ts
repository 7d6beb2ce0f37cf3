import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Problem } from './configuration-problem.ts';

export type Path = readonly PropertyKey[];

/** A parsed YAML file that still knows where everything stands. */
export interface YamlSource {
  readonly data: unknown;
  /** Mistakes in the YAML itself; `data` is only good when there are none. */
  readonly problems: readonly Problem[];
  /** `countersign.yaml:12:5 policy[2].run`; the nearest enclosing place for what is not in the file. */
  placeOf(path: Path): string;
  /** The same, pointing at the key itself rather than its value. */
  placeOfKey(path: Path): string;
}

export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  // Plain messages: ours give place and path in the same form for every kind of mistake.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number, path: Path): string => {
    const { line, col } = lines.linePos(offset);
    const key = pathText(path);
    return key === '' ? `${file}:${line}:${col}` : `${file}:${line}:${col} ${key}`;
  };
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    place: at(error.pos[0], enclosingPath(document, error.pos[0])),
    message: yamlMessage(error.code, error.message),
  }));

  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const isInside = target !== undefined && ancestors.includes(target);
      if (target !== undefined && !isInside) return;
      problems.push({
        place: at(offsetOf(alias) ?? 0, pathOf([...ancestors, alias])),
        message: isInside ? 'contains itself' : `refers to *${alias.source}, which is not defined above it`,
      });
    },
  });

  let data: unknown;
  if (problems.length === 0) {
    try {
      data = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      // Aliases that expand beyond reason.
      problems.push({ place: at(0, []), message: `cannot be read: ${(error as Error).message}` });
    }
  }
  return {
    data,
    problems,
    placeOf: (path) => at(find(document, path).value, path),
    placeOfKey: (path) => at(find(document, path).key, path),
  };
}

/** `roles.responder.users[0]`. */
function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function yamlMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'is given twice; keep one of them';
  if (code === 'TAB_AS_INDENT') return 'is indented with a tab; YAML wants spaces';
  return `is not YAML: ${message.split('\n')[0]}. A value that holds ": ", or begins with # @ * & [ {, needs quotes`;
}

/** Offsets of a path's key and value, or of the nearest thing around it that exists. */
function find(document: Document, path: Path): { readonly key: number; readonly value: number } {
  let node: unknown = document.contents;
  let found = { key: 0, value: offsetOf(node) ?? 0 };
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return found;
      const key = offsetOf(pair.key) ?? found.key;
      found = { key, value: offsetOf(pair.value) ?? key };
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      const value = offsetOf(node);
      if (value === undefined) return found;
      found = { key: value, value };
    } else {
      return found;
    }
  }
  return found;
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** The keys around a position; where the parser gave up before it, the last key it read. */
function enclosingPath(document: Document, offset: number): Path {
  let innermost: Path | undefined;
  let last: Path = [];
  visit(document, {
    Pair(_, pair, ancestors) {
      const start = offsetOf(pair.key);
      if (start === undefined || start > offset) return;
      last = pathOf([...ancestors, pair]);
      const end = (pair.value as Node | null)?.range?.[2] ?? (pair.key as Node).range?.[2] ?? 0;
      if (end >= offset) innermost = last;
    },
  });
  return innermost ?? last;
}

function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((node, index): PropertyKey[] => {
    if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
    if (isSeq(node)) {
      const position = node.items.indexOf(ancestors[index + 1]);
      return position === -1 ? [] : [position];
    }
    return [];
  });
}
