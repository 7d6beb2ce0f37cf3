// biome-ignore-all lint/suspicious/noArrayIndexKey: the parts of one text have no identity but their place
import { Fragment, memo, type ReactNode, useMemo } from 'react';
import { useNames, useNow } from '../workspace-context.tsx';
import { formatDate } from './date-token.ts';
import { withEmoji } from './emoji.ts';
import { type Inline, isWebLink, type MrkdwnOptions, parseMrkdwn } from './mrkdwn.ts';

/** mrkdwn as elements. Text only ever becomes text nodes. */
export const MrkdwnText = memo(function MrkdwnText({
  text,
  linkUrls,
  linkNames,
}: { text: string } & MrkdwnOptions) {
  const blocks = useMemo(
    () =>
      parseMrkdwn(text, {
        ...(linkUrls === undefined ? {} : { linkUrls }),
        ...(linkNames === undefined ? {} : { linkNames }),
      }),
    [text, linkUrls, linkNames],
  );
  return blocks.map((block, index) => {
    if (block.kind === 'preformatted') return <pre key={index}>{block.text}</pre>;
    if (block.kind === 'quote') return <blockquote key={index}>{inlines(block.children)}</blockquote>;
    return <Fragment key={index}>{inlines(block.children)}</Fragment>;
  });
});

function inlines(children: Inline[]): ReactNode[] {
  return children.map((inline, index) => <InlineText key={index} inline={inline} />);
}

function InlineText({ inline }: { inline: Inline }): ReactNode {
  switch (inline.kind) {
    case 'text':
      return withEmoji(inline.text);
    case 'bold':
      return <strong>{inlines(inline.children)}</strong>;
    case 'italic':
      return <em>{inlines(inline.children)}</em>;
    case 'strike':
      return <s>{inlines(inline.children)}</s>;
    case 'code':
      return <code>{inline.text}</code>;
    case 'link':
      return <WebLink url={inline.url}>{inline.label}</WebLink>;
    case 'user':
      return <UserMention id={inline.id} />;
    case 'channel':
      return <ChannelMention id={inline.id} />;
    case 'usergroup':
      return <GroupMention id={inline.id} {...(inline.label ? { label: inline.label } : {})} />;
    case 'broadcast':
      return <Broadcast range={inline.range} />;
    case 'date':
      return <DateText {...inline} />;
  }
}

/** A link only for http and https; anything else keeps its words and loses its address. */
export function WebLink({ url, children }: { url: string; children: ReactNode }) {
  if (!isWebLink(url)) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

export function UserMention({ id }: { id: string }) {
  const { userName, me } = useNames();
  return <span className={id === me ? 'mention mention-me' : 'mention'}>@{userName(id)}</span>;
}

export function ChannelMention({ id }: { id: string }) {
  return <span className="mention">#{useNames().channelName(id)}</span>;
}

export function GroupMention({ id, label }: { id: string; label?: string }) {
  const { groupHandle, myGroups } = useNames();
  return (
    <span className={myGroups.includes(id) ? 'mention mention-me' : 'mention'}>
      {label ?? `@${groupHandle(id)}`}
    </span>
  );
}

export function Broadcast({ range }: { range: string }) {
  return <span className="mention mention-broadcast">@{range}</span>;
}

export function DateText(date: { timestamp: number; format: string; fallback: string; url?: string }) {
  const { timeZone } = useNames();
  const now = useNow();
  const at = new Date(date.timestamp * 1000);
  const text = formatDate(date.timestamp, date.format, { timeZone, now }) || date.fallback;
  const time = (
    <time dateTime={Number.isNaN(at.getTime()) ? undefined : at.toISOString()} title={date.fallback}>
      {text}
    </time>
  );
  return date.url ? <WebLink url={date.url}>{time}</WebLink> : time;
}

interface TextObject {
  type: 'plain_text' | 'mrkdwn';
  text: string;
  verbatim?: boolean;
  emoji?: boolean;
}

/** A Block Kit text object: plain_text shows exactly its characters. */
export function TextObjectText({ text }: { text: TextObject }) {
  if (text.type === 'plain_text') return text.emoji === false ? text.text : withEmoji(text.text);
  return <MrkdwnText text={text.text} linkUrls={!text.verbatim} linkNames={!text.verbatim} />;
}
