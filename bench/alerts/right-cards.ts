import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import type { StormGroup, StormSeverity } from './storm-story.ts';

/*
 * Judges what stands in Slack by the alerts that were sent, and by nothing else: it shares no code with the bot and does
 * not look into its database.
 */

/** What has to be seen of one group when the storm is over. */
interface Truth {
  readonly service: string;
  readonly alertname: string;
  readonly firing: number;
  readonly resolved: number;
  /** The worst that fires; undefined when nothing does. */
  readonly severity: StormSeverity | undefined;
  readonly wasCritical: boolean;
}

const worstFirst: readonly StormSeverity[] = ['critical', 'high', 'warning'];
const marks: Readonly<Record<StormSeverity, string>> = {
  critical: '⛔ CRITICAL',
  high: '▲ HIGH',
  warning: '● WARNING',
};
const resolvedMark = '✓ RESOLVED';

function truthOf({ service, alertname, alerts }: StormGroup): Truth {
  const firing = alerts.filter(({ resolvesAt }) => resolvesAt === undefined);
  return {
    service,
    alertname,
    firing: firing.length,
    resolved: alerts.length - firing.length,
    severity: worstFirst.find((one) => firing.some(({ severity }) => severity === one)),
    wasCritical: alerts.some(({ severity }) => severity === 'critical'),
  };
}

const markOf = (severity: StormSeverity | undefined) =>
  severity === undefined ? resolvedMark : marks[severity];

/**
 * Everything that is wrong with the cards, in sentences; none when every group has its card, or is counted by a digest,
 * with the right counts, severity and state.
 *
 * @param messages the bot's, of the alert channel.
 */
export function wrongCards(groups: readonly StormGroup[], messages: readonly ClientMessage[]): string[] {
  const cards = messages
    .filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts)
    .map(({ text, blocks }) => ({ text, lines: linesOf(blocks) }));
  const claimed = new Set<(typeof cards)[number]>();
  const without: Truth[] = [];
  const wrong: string[] = [];
  for (const truth of groups.map(truthOf)) {
    const subject = `${truth.service}: ${truth.alertname} (production)`;
    const own = cards.filter(({ lines }) => lines[0]?.endsWith(` ${subject}`));
    for (const card of own) claimed.add(card);
    if (own.length > 1) wrong.push(`${own.length} cards for "${subject}"`);
    else if (own[0] !== undefined) wrong.push(...wrongInCard(truth, subject, own[0]));
    else if (truth.wasCritical) wrong.push(`no card for the critical "${subject}"`);
    else without.push(truth);
  }
  const others = cards.filter((card) => !claimed.has(card));
  return [...wrong, ...wrongInDigests(without, others)];
}

interface Card {
  readonly text: string;
  readonly lines: readonly string[];
}

function wrongInCard(truth: Truth, subject: string, { text, lines }: Card): string[] {
  const mark = markOf(truth.severity);
  const wrong: string[] = [];
  if (lines[0] !== `${mark} ${subject}`)
    wrong.push(`the card says "${lines[0]}", and it is ${mark} ${subject}`);
  if (!text.startsWith(`${mark.slice(2)} `)) wrong.push(`"${subject}" notifies "${text}", and it is ${mark}`);
  const counts =
    truth.severity === undefined
      ? `${truth.resolved} resolved`
      : `${truth.firing} firing${truth.resolved === 0 ? '' : `, ${truth.resolved} resolved`}`;
  const shown = lines.filter((line) => /^\d+ (firing|resolved)\b/.test(line));
  if (shown.length !== 1 || !new RegExp(`^${counts}( \\d{4}-| ·|$)`).test(shown[0]!)) {
    wrong.push(`the card of "${subject}" counts "${shown.join('", "')}", and there are ${counts}`);
  }
  return wrong;
}

/** Between them they count every group that has no card; a service that is named has its own numbers right. */
function wrongInDigests(without: readonly Truth[], cards: readonly Card[]): string[] {
  const wrong: string[] = [];
  const counted = { firing: 0, resolved: 0 };
  for (const { text, lines } of cards) {
    const headline =
      /^(.+) (\d+) alert groups? at once: (\d+) firing(?:, (\d+) resolved)?$/.exec(lines[0] ?? '') ??
      /^(.+) (\d+) alert groups?, none firing any more()()$/.exec(lines[0] ?? '');
    if (headline === null) {
      wrong.push(`a message that is of no group: "${lines[0] ?? text}"`);
      continue;
    }
    const [, mark = '', all = '0', firing = '', resolved = ''] = headline;
    counted.firing += Number(firing);
    counted.resolved += firing === '' ? Number(all) : Number(resolved);
    if (cards.length === 1) wrong.push(...wrongInDigest(without, mark, lines));
    if (!text.startsWith(`${mark.slice(2)} `))
      wrong.push(`a digest notifies "${text}", and its mark is ${mark}`);
  }
  const firing = without.filter(({ severity }) => severity !== undefined).length;
  const resolved = without.length - firing;
  if (counted.firing !== firing || counted.resolved !== resolved) {
    wrong.push(
      `digests count ${counted.firing} firing and ${counted.resolved} resolved groups; without a card are ${firing} and ${resolved}`,
    );
  }
  return wrong;
}

/** Of the only digest there is: its severity, and what it says of each service it names. */
function wrongInDigest(without: readonly Truth[], mark: string, lines: readonly string[]): string[] {
  const worst = (some: readonly Truth[]) =>
    markOf(worstFirst.find((one) => some.some(({ severity }) => severity === one)));
  const wrong: string[] = [];
  if (mark !== worst(without))
    wrong.push(`the digest is ${mark}, and the worst that fires is ${worst(without)}`);
  const named = lines.flatMap((line) => {
    const found = /^(\S+ [A-Z]+) (\S+): (?:(\d+) firing)?(?:, )?(?:(\d+) resolved)?$/.exec(line);
    return found === null ? [] : [found];
  });
  for (const [line, shown, service, firing = '0', resolved = '0'] of named) {
    const own = without.filter((truth) => truth.service === service);
    const over = own.filter(({ severity }) => severity === undefined).length;
    const isRight = shown === worst(own) && Number(resolved) === over && Number(firing) === own.length - over;
    if (!isRight) {
      wrong.push(
        `the digest says "${line}", and it is ${worst(own)}: ${own.length - over} firing, ${over} resolved`,
      );
    }
  }
  const services = new Set(without.map(({ service }) => service)).size;
  const more = Number(/^and (\d+) more services?$/m.exec(lines.join('\n'))?.[1] ?? 0);
  if (named.length + more !== services) {
    wrong.push(`the digest names ${named.length} services and ${more} more, and there are ${services}`);
  }
  return wrong;
}

/** What people read in the rich text of a card, line by line. */
function linesOf(blocks: readonly unknown[]): string[] {
  return blocks.flatMap((block) => {
    const { type, elements = [] } = block as { type: string; elements?: readonly RichText[] };
    return type === 'rich_text' ? elements.flatMap((element) => wordsOf(element).split('\n')) : [];
  });
}

interface RichText {
  readonly type: string;
  readonly text?: string;
  readonly fallback?: string;
  readonly url?: string;
  readonly elements?: readonly RichText[];
}

function wordsOf({ text, fallback, url, elements = [] }: RichText): string {
  return text ?? fallback ?? url ?? elements.map(wordsOf).join('');
}
