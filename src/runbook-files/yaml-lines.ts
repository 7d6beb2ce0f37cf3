import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';

export type YamlPath = readonly PropertyKey[];

/** A YAML file that still knows on which line everything stands. */
export interface YamlLines {
  readonly data: unknown;
  /** Mistakes in the YAML itself; `data` is only good when there are none. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  /** Of the key or list item; of the nearest thing around it that is there. With `quote`, of where that stands in the value. */
  lineOf(path: YamlPath, quote?: string): number;
}

/** Plain YAML: a step that is made of pieces from elsewhere in the file cannot be reviewed where it stands. */
export function readYamlLines(source: string): YamlLines {
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    line: lineAt(pos[0]),
    message: yamlMessage(code, message),
  }));
  visit(document, {
    Alias(_, { source: name, range }) {
      problems.push({
        line: lineAt(range?.[0] ?? 0),
        message: `*${name} stands for something elsewhere in the file. Write it out`,
      });
    },
  });
  return {
    data: problems.length === 0 ? document.toJS() : undefined,
    problems,
    lineOf(path, quote) {
      const { start, value } = find(document.contents, path);
      const [from = start, to = start] = value?.range ?? [];
      const within = quote === undefined ? -1 : source.slice(from, to).indexOf(quote);
      return lineAt(within < 0 ? start : from + within);
    },
  };
}

function yamlMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'a key is given twice. Keep one of them';
  if (code === 'TAB_AS_INDENT') return 'it is indented with a tab. YAML wants spaces';
  if (code === 'MULTIPLE_DOCS') return 'a line of --- begins a second document. One file is one runbook';
  return `it is not YAML: ${message.split('\n')[0]}. A value that holds ": " or " #", or begins with one of # @ * & [ { ! needs quotes`;
}

function find(
  contents: unknown,
  path: YamlPath,
): { readonly start: number; readonly value: Node | undefined } {
  let node = contents as Node | null | undefined;
  let start = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) return { start, value: undefined };
      start = (pair.key as Node).range?.[0] ?? start;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const item = node.items[Number(part)] as Node | undefined;
      if (item === undefined) return { start, value: undefined };
      start = item.range?.[0] ?? start;
      node = item;
    } else return { start, value: undefined };
  }
  return { start, value: node ?? undefined };
}
