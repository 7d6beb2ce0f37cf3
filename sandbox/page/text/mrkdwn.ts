/**
 * Slack's `mrkdwn` as a tree, following docs.slack.dev/messaging/formatting-message-text. A workspace that
 * shows more formatting than Slack would hide a missing escape, one that shows less would invent one, so the
 * rules here are Slack's and not Markdown's: `a*b*c` is not bold, `&lt;!channel&gt;` never notifies, and only
 * http and https ever become links.
 */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'user' | 'channel' | 'usergroup'; id: string; label?: string }
  | { kind: 'broadcast'; range: 'here' | 'channel' | 'everyone' }
  | { kind: 'date'; timestamp: number; format: string; url?: string; fallback: string };

export type MrkdwnBlock =
  | { kind: 'text' | 'quote'; children: Inline[] }
  | { kind: 'preformatted'; text: string };

export interface MrkdwnOptions {
  /** Bare URLs become links, as Slack does unless `verbatim` is set. Default true. */
  linkUrls?: boolean;
  /** Bare `@here`, `@channel`, `@everyone` become broadcasts: mrkdwn objects without `verbatim`. Default false. */
  linkNames?: boolean;
}

const emphasis = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
type Delimiter = keyof typeof emphasis;

/** One pass, so that `&amp;lt;` becomes `&lt;` and not `<`. */
export function unescapeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: string) =>
    name === 'amp' ? '&' : name === 'lt' ? '<' : '>',
  );
}

/** Only these ever become links; `javascript:` and the like stay the text they are. */
export function isWebLink(url: string): boolean {
  if (!/^https?:\/\//i.test(url)) return false;
  return URL.canParse(url);
}

/** @example parseMrkdwn('*Suspend* <@U0ADA>') // [{ kind: 'text', children: [bold, text, user] }] */
export function parseMrkdwn(source: string, options: MrkdwnOptions = {}): MrkdwnBlock[] {
  const blocks: MrkdwnBlock[] = [];
  source.split('```').forEach((part, index, parts) => {
    // An odd part sits between two fences; a last fence without a partner is text.
    const isFenced = index % 2 === 1;
    if (isFenced && index < parts.length - 1) {
      blocks.push({ kind: 'preformatted', text: unescapeEntities(part.replace(/^\n|\n$/g, '')) });
      return;
    }
    const text = isFenced ? `\`\`\`${part}` : index > 0 ? part.replace(/^\n/, '') : part;
    if (text !== '') blocks.push(...parseLines(text, options));
  });
  return blocks;
}

function parseLines(text: string, options: MrkdwnOptions): MrkdwnBlock[] {
  const runs: { isQuote: boolean; lines: string[] }[] = [];
  let restIsQuote = false;
  for (const line of text.split('\n')) {
    const rest = /^(?:&gt;|>){3} ?(.*)$/.exec(line);
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (rest) restIsQuote = true;
    const isQuote = restIsQuote || quoted !== null;
    const content = rest?.[1] ?? quoted?.[1] ?? line;
    const last = runs.at(-1);
    if (last?.isQuote === isQuote) last.lines.push(content);
    else runs.push({ isQuote, lines: [content] });
  }
  return runs.map((run) => ({
    kind: run.isQuote ? 'quote' : 'text',
    children: parseInline(run.lines.join('\n'), options),
  }));
}

/** Formatting inside one run of lines. */
export function parseInline(text: string, options: MrkdwnOptions = {}): Inline[] {
  return emphasise(atoms(text), new Set(), options);
}

/** Inline code and `<…>` tokens stand whole; every other character is one item. */
function atoms(text: string): (string | Inline)[] {
  const items: (string | Inline)[] = [];
  let end = 0;
  for (const match of text.matchAll(/`([^`\n]+)`|<([^<>\n]*)>/g)) {
    items.push(...text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1] !== undefined) items.push({ kind: 'code', text: unescapeEntities(match[1]) });
    else items.push(parseToken(match[2] ?? '') ?? { kind: 'text', text: unescapeEntities(match[0]) });
  }
  items.push(...text.slice(end));
  return items;
}

/** What stands between `<` and `>`; undefined when Slack has no such token. */
function parseToken(token: string): Inline | undefined {
  const bar = token.indexOf('|');
  const head = bar < 0 ? token : token.slice(0, bar);
  const label = bar < 0 ? undefined : unescapeEntities(token.slice(bar + 1));
  const named = label ? { label } : {};
  if (/^@[UW][A-Z0-9]+$/.test(head)) return { kind: 'user', id: head.slice(1), ...named };
  if (/^#[CG][A-Z0-9]+$/.test(head)) return { kind: 'channel', id: head.slice(1), ...named };
  if (head === '!here' || head === '!channel' || head === '!everyone') {
    return { kind: 'broadcast', range: head.slice(1) as 'here' | 'channel' | 'everyone' };
  }
  const group = /^!subteam\^([A-Z0-9]+)$/.exec(head);
  if (group?.[1]) return { kind: 'usergroup', id: group[1], ...named };
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(head);
  if (date?.[1] && date[2]) {
    const url = unescapeEntities(date[3] ?? '');
    return {
      kind: 'date',
      timestamp: Number(date[1]),
      format: unescapeEntities(date[2]),
      ...(isWebLink(url) ? { url } : {}),
      fallback: label ?? '',
    };
  }
  const url = unescapeEntities(head);
  return isWebLink(url) ? { kind: 'link', url, label: label || url } : undefined;
}

function emphasise(items: (string | Inline)[], within: Set<Delimiter>, options: MrkdwnOptions): Inline[] {
  const out: Inline[] = [];
  // Once a delimiter has no partner on this line, no later one on it has: keeps odd input linear.
  const unpairedUntil: Partial<Record<Delimiter, number>> = {};
  let plain = '';
  const flush = () => {
    if (plain !== '') out.push(...parsePlain(plain, options));
    plain = '';
  };
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!;
    if (typeof item !== 'string') {
      flush();
      out.push(item);
      continue;
    }
    if (isDelimiter(item) && !within.has(item) && opens(items, at) && at >= (unpairedUntil[item] ?? 0)) {
      const close = closing(items, at, item);
      if (close.isFound) {
        flush();
        const inner = emphasise(items.slice(at + 1, close.at), new Set([...within, item]), options);
        out.push({ kind: emphasis[item], children: inner });
        at = close.at;
        continue;
      }
      unpairedUntil[item] = close.at;
    }
    plain += item;
  }
  flush();
  return out;
}

const isDelimiter = (item: string): item is Delimiter => item === '*' || item === '_' || item === '~';
const isWord = (item: string | Inline | undefined) => typeof item === 'string' && /[\p{L}\p{N}]/u.test(item);
const isBlank = (item: string | Inline | undefined) =>
  item === undefined || (typeof item === 'string' && /\s/.test(item));

const opens = (items: (string | Inline)[], at: number) => !isWord(items[at - 1]) && !isBlank(items[at + 1]);

function closing(items: (string | Inline)[], from: number, delimiter: Delimiter) {
  let at = from + 2;
  for (; at < items.length && items[at] !== '\n'; at++) {
    if (items[at] === delimiter && !isBlank(items[at - 1]) && !isWord(items[at + 1]))
      return { isFound: true, at };
  }
  return { isFound: false, at };
}

/** Text without markup: entities undone, bare URLs and broadcasts found. */
function parsePlain(text: string, { linkUrls = true, linkNames = false }: MrkdwnOptions): Inline[] {
  const out: Inline[] = [];
  let end = 0;
  const literal = (raw: string) => {
    if (raw !== '') out.push({ kind: 'text', text: unescapeEntities(raw) });
  };
  for (const match of text.matchAll(/https?:\/\/[^\s<>|]+|(?<![\p{L}\p{N}])@(?:here|channel|everyone)\b/gu)) {
    const isUrl = match[0].startsWith('http');
    if (isUrl ? !linkUrls : !linkNames) continue;
    // Sentence punctuation after a URL belongs to the sentence.
    const raw = isUrl ? match[0].replace(/(?:[.,;:!?)\]'"]|&gt;)+$/, '') : match[0];
    const url = unescapeEntities(raw);
    if (isUrl && !isWebLink(url)) continue;
    literal(text.slice(end, match.index));
    end = match.index + raw.length;
    if (isUrl) out.push({ kind: 'link', url, label: url });
    else out.push({ kind: 'broadcast', range: raw.slice(1) as 'here' | 'channel' | 'everyone' });
  }
  literal(text.slice(end));
  return out;
}
