/**
 * A small reader of what is given to Slack, written from Slack's documents alone and knowing nothing of how messages are
 * made here: who would be notified, what could be clicked, what would be refused.
 * https://docs.slack.dev/messaging/formatting-message-text, https://docs.slack.dev/reference/block-kit
 */
export interface Judged {
  readonly text: string;
  /** Ids that Slack would notify. */
  readonly mentions: readonly string[];
  /** Addresses that could be clicked, found by Slack as well as given. */
  readonly links: readonly string[];
  /** Lines of text, buttons aside. */
  readonly lines: number;
  /** What Slack would refuse, and what has no business in it. */
  readonly problems: readonly string[];
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

interface Findings {
  mentions: string[];
  links: string[];
  problems: string[];
  lines: number;
}

export function judgeMessage(json: string): Judged {
  const found: Findings = { mentions: [], links: [], problems: [], lines: 0 };
  const { text, blocks, ...others } = JSON.parse(json) as Fields;
  for (const key of Object.keys(others)) found.problems.push(`unexpected field ${key}`);
  if (typeof text !== 'string' || text.trim() === '' || text.length > 90) {
    found.problems.push(`text has ${String(text).length} characters`);
  }
  judgeTopText(String(text), found);
  judgeBlocks(blocks, 50, found);
  return { text: String(text), ...found };
}

export function judgeView(json: string): Judged {
  const found: Findings = { mentions: [], links: [], problems: [], lines: 0 };
  const view = JSON.parse(json) as Fields;
  if (Buffer.byteLength(json) > 250 * 1024) found.problems.push('view over 250 KB');
  for (const key of ['title', 'submit', 'close'])
    if (view[key] !== undefined) judgePlain(view[key], 24, found);
  judgeBlocks(view.blocks, 100, found);
  return { text: '', ...found };
}

/** The one text that Slack itself parses, with and without markup. */
function judgeTopText(text: string, found: Findings): void {
  judgeCharacters(text, found);
  for (const [, inside] of text.matchAll(/<([^>]*)>/g)) {
    if (/^[@!#]/.test(inside!)) found.mentions.push(inside!);
    else found.links.push(inside!);
  }
  if (/[<>]/.test(text)) found.problems.push('text has an unescaped bracket');
  if (/&(?!amp;|lt;|gt;)/.test(text)) found.problems.push('text has an unescaped ampersand');
  const seen = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  // Names are found by `link_names`, addresses by `parse: full`: neither is asked for, and neither may be needed.
  for (const [name] of seen.matchAll(/@[\p{L}\p{N}._-]+/gu)) found.mentions.push(name);
  for (const [url] of seen.matchAll(/[a-z][a-z0-9+.-]*:\/\/\S*/gi)) found.links.push(url);
  for (const [host] of seen.matchAll(/[\p{L}\p{N}_-]+\.\p{L}{2,}/gu)) found.links.push(host);
}

const mostOfBlock: Readonly<Record<string, (block: Fields, found: Findings) => void>> = {
  rich_text: judgeRichText,
  context: ({ elements }, found) => {
    if (listOf(elements).length > 10) found.problems.push('context has over 10 elements');
    found.lines += 1;
    for (const element of listOf(elements)) judgePlain(element, 3_000, found);
  },
  actions: ({ elements }, found) => {
    const all = listOf(elements);
    if (all.length === 0 || all.length > 25) found.problems.push('actions has no or over 25 elements');
    if (new Set(all.map((one) => one.action_id)).size !== all.length) found.problems.push('action_id twice');
    for (const element of all) judgeAction(element, found);
  },
  input: ({ label, hint, element }, found) => {
    judgePlain(label, 2_000, found);
    if (hint !== undefined) judgePlain(hint, 2_000, found);
    for (const option of listOf((element as Fields).options)) judgePlain(option.text, 75, found);
  },
};

function judgeBlocks(blocks: Json | undefined, most: number, found: Findings): void {
  const all = listOf(blocks);
  if (all.length === 0 || all.length > most) found.problems.push(`${all.length} blocks`);
  for (const block of all) {
    const judge = mostOfBlock[String(block.type)];
    if (judge === undefined) found.problems.push(`a block of type ${String(block.type)}`);
    else judge(block, found);
  }
}

function judgeRichText({ elements }: Fields, found: Findings): void {
  let length = 0;
  for (const section of listOf(elements)) {
    const inside = listOf(section.elements);
    if (!['rich_text_section', 'rich_text_preformatted'].includes(String(section.type))) {
      found.problems.push(`a rich text ${String(section.type)}`);
    }
    if (inside.length === 0) found.problems.push('an empty rich text');
    found.lines += 1;
    for (const element of inside) length += judgeLeaf(element, found, section.type === 'rich_text_section');
  }
  if (length > 3_000) found.problems.push(`rich text of ${length} characters`);
}

/** @returns its length. */
function judgeLeaf(element: Fields, found: Findings, areLinesCounted: boolean): number {
  switch (element.type) {
    case 'text': {
      const text = String(element.text);
      if (text === '') found.problems.push('an empty text element');
      const breaks = text.split('\n').length - 1;
      if (areLinesCounted) {
        found.lines += breaks;
        // A break is ours and stands at the start of its element.
        if (breaks > 1 || (breaks === 1 && !text.startsWith('\n')))
          found.problems.push('a line break inside a text');
      }
      judgeCharacters(text.replaceAll('\n', ''), found);
      return text.length;
    }
    case 'link': {
      found.links.push(String(element.url));
      if (!/^https?:\/\/[^\s/@]+(?:[/?#]|$)/.test(String(element.url)))
        found.problems.push('not a web address');
      if (String(element.url).length > 3_000) found.problems.push('an address over 3,000 characters');
      if (typeof element.text !== 'string' || element.text.trim() === '')
        found.problems.push('a link without text');
      judgeCharacters(String(element.text), found);
      return String(element.text).length;
    }
    case 'user':
      found.mentions.push(String(element.user_id));
      return 20;
    case 'usergroup':
      found.mentions.push(String(element.usergroup_id));
      return 20;
    case 'date': {
      if (!Number.isInteger(element.timestamp)) found.problems.push('a date without a time');
      if (element.url !== undefined) found.links.push(String(element.url));
      return 20;
    }
    default:
      found.mentions.push(`${String(element.type)} element`);
      return 0;
  }
}

function judgeAction(element: Fields, found: Findings): void {
  if (element.url !== undefined) found.links.push(String(element.url));
  if (element.type === 'button') {
    judgePlain(element.text, 23, found);
    if (typeof element.value !== 'string' || element.value.length > 2_000)
      found.problems.push('value of a button');
  } else if (element.type === 'overflow') {
    const options = listOf(element.options);
    if (options.length === 0 || options.length > 5) found.problems.push(`${options.length} options`);
    for (const option of options) {
      judgePlain(option.text, 75, found);
      if (typeof option.value !== 'string' || option.value.length > 75)
        found.problems.push('value of an option');
    }
  } else found.problems.push(`an element of type ${String(element.type)}`);
}

function judgePlain(value: Json | undefined, most: number, found: Findings): void {
  const { type, text, emoji } = (value ?? {}) as Fields;
  if (type !== 'plain_text') found.problems.push(`${String(type)} where plain_text belongs`);
  // `:skull:` in outside text stays as it was written.
  if (emoji !== false) found.problems.push('emoji are on');
  if (typeof text !== 'string' || text.trim() === '' || text.length > most) {
    found.problems.push(`plain text of ${String(text).length} characters where ${most} fit`);
  }
  judgeCharacters(String(text), found);
}

/** Characters that hide, turn round or break what stands beside them. Joiners and emoji presentation belong to emoji. */
function judgeCharacters(text: string, found: Findings): void {
  const odd = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\u00ad\ufeff]/u.exec(
    text,
  );
  if (odd !== null) found.problems.push(`character U+${odd[0].codePointAt(0)!.toString(16)}`);
  if (!text.isWellFormed()) found.problems.push('half a surrogate pair');
}

function listOf(value: Json | undefined): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly Fields[]) : [];
}
