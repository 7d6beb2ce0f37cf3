// biome-ignore-all lint/suspicious/noArrayIndexKey: the parts of one text have no identity but their place
import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types';
import type { ReactNode } from 'react';
import { emojiNamed } from '../text/emoji.ts';
import {
  Broadcast,
  ChannelMention,
  DateText,
  GroupMention,
  UserMention,
  WebLink,
} from '../text/mrkdwn-text.tsx';

export function RichText({ block }: { block: RichTextBlock }) {
  return (
    <div className="block rich">
      {block.elements.map((element, index) => (
        <Part key={index} element={element} />
      ))}
    </div>
  );
}

/** Bullets by depth, as Slack draws them. */
const bullets = ['disc', 'circle', 'square'];
const numbers = ['decimal', 'lower-alpha', 'lower-roman'];

function Part({ element }: { element: RichTextBlockElement }) {
  switch (element.type) {
    case 'rich_text_section':
      return <p>{leaves(element.elements)}</p>;
    case 'rich_text_quote':
      return <blockquote>{leaves(element.elements)}</blockquote>;
    case 'rich_text_preformatted':
      return <pre>{leaves(element.elements)}</pre>;
    case 'rich_text_list': {
      const isOrdered = element.style === 'ordered';
      const List = isOrdered ? 'ol' : 'ul';
      const indent = element.indent ?? 0;
      const marks = isOrdered ? numbers : bullets;
      return (
        <List style={{ listStyleType: marks[indent % marks.length], marginInlineStart: `${indent * 1.5}em` }}>
          {element.elements.map((item, index) => (
            <li key={index}>{leaves(item.elements)}</li>
          ))}
        </List>
      );
    }
  }
}

const leaves = (elements: RichTextElement[]) =>
  elements.map((element, index) => <Leaf key={index} element={element} />);

function Leaf({ element }: { element: RichTextElement }): ReactNode {
  const style = element.style ?? {};
  let content = bare(element);
  if (style.code) content = <code>{content}</code>;
  if (style.strike) content = <s>{content}</s>;
  if (style.italic) content = <em>{content}</em>;
  if (style.bold) content = <strong>{content}</strong>;
  return content;
}

/** A `text` element shows exactly its characters: `<!channel>` in one stays text. */
function bare(element: RichTextElement): ReactNode {
  switch (element.type) {
    case 'text':
      return element.text;
    case 'link':
      return <WebLink url={element.url}>{element.text || element.url}</WebLink>;
    case 'user':
      return <UserMention id={element.user_id} />;
    case 'channel':
      return <ChannelMention id={element.channel_id} />;
    case 'usergroup':
      return <GroupMention id={element.usergroup_id} />;
    case 'broadcast':
      return <Broadcast range={element.range} />;
    case 'emoji':
      return emojiNamed(element.name);
    case 'date':
      return (
        <DateText
          timestamp={element.timestamp}
          format={element.format}
          fallback={element.fallback ?? ''}
          {...(element.url ? { url: element.url } : {})}
        />
      );
    case 'color':
      return <code>{element.value}</code>;
    case 'team':
      return <span className="mention">@{element.team_id}</span>;
  }
}
