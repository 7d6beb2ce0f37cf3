/**
 * Slack's own notation inside the text it sends: `<@U1|ada>`, `<#C1|ops>`, `<!subteam^S1|@oncall>`,
 * `<!here>`, `<!date^…|fallback>`, `<https://…|label>`, and `&amp; &lt; &gt;` for the characters themselves
 * (docs.slack.dev/messaging/formatting-message-text). A `<` that a person typed arrives as `&lt;`.
 */
export interface SlackEntity {
  readonly kind: 'user' | 'channel' | 'usergroup' | 'broadcast' | 'date' | 'link';
  /** The Slack id, for user, channel and usergroup; the address for links. */
  readonly id: string;
  /** What the person saw: `@ada`, `#ops`, the address they typed. */
  readonly text: string;
  /** UTF-16 units the notation takes in the source. */
  readonly length: number;
}

/** Bounded so that a lone `<` costs little; Slack's own addresses are at most 3,000 long. */
const angle = /<([@#!a-zA-Z][^<>\n]{0,3500})>/y;
const escaped = /&(amp|lt|gt);/y;
const character = { amp: '&', lt: '<', gt: '>' } as const;

/** The entity that begins at `position`, if one does. */
export function maybeSlackEntity(text: string, position: number): SlackEntity | undefined {
  angle.lastIndex = position;
  const match = angle.exec(text);
  if (match?.[1] === undefined) return undefined;
  const bar = match[1].indexOf('|');
  const body = bar < 0 ? match[1] : match[1].slice(0, bar);
  const label = bar < 0 ? '' : decodeSlackEscapes(match[1].slice(bar + 1));
  const found = read(body, label);
  return found && { ...found, length: match[0].length };
}

function read(body: string, label: string): Omit<SlackEntity, 'length'> | undefined {
  const mention = /^([@#])([A-Z0-9]{2,31})$/.exec(body);
  if (mention?.[2]) {
    const [, sign, id] = mention;
    return {
      kind: sign === '@' ? 'user' : 'channel',
      id,
      text: `${sign}${label.replace(/^[@#]/, '') || id}`,
    };
  }
  const group = /^!subteam\^([A-Z0-9]{2,31})$/.exec(body);
  if (group?.[1]) return { kind: 'usergroup', id: group[1], text: `@${label.replace(/^@/, '') || group[1]}` };
  const broadcast = /^!(here|channel|everyone)$/.exec(body);
  if (broadcast?.[1]) return { kind: 'broadcast', id: broadcast[1], text: `@${broadcast[1]}` };
  if (body.startsWith('!date^')) return { kind: 'date', id: body, text: label || body };
  if (/^[a-z][a-z0-9+.-]{0,20}:./i.test(body)) {
    const address = decodeSlackEscapes(body);
    return { kind: 'link', id: address, text: isWrittenOut(address, label) ? label : address };
  }
  return undefined;
}

/** Slack turns a typed `acme.com` into `<http://acme.com|acme.com>`; what was typed is what was meant. */
function isWrittenOut(address: string, label: string): boolean {
  const bare = (url: string) => url.replace(/^(mailto:|tel:|https?:\/\/)/i, '').replace(/\/$/, '');
  return label !== '' && bare(address) === bare(label);
}

/** The character an escape at `position` stands for, if one begins there. */
export function maybeSlackEscape(
  text: string,
  position: number,
): { text: string; length: number } | undefined {
  escaped.lastIndex = position;
  const match = escaped.exec(text);
  if (!match) return undefined;
  return { text: character[match[1] as keyof typeof character], length: match[0].length };
}

export function decodeSlackEscapes(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: keyof typeof character) => character[name]);
}

/** Text that the parser reads back unchanged: only what it would take for notation is escaped. */
export function escapeSlackNotation(text: string): string {
  return text.replace(/&(?=(?:amp|lt|gt);)/g, '&amp;').replace(/<(?=[@#!a-zA-Z])/g, '&lt;');
}
