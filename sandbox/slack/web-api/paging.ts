/** Cursors: opaque to the app, good for one list. https://docs.slack.dev/apis/web-api/pagination */
import { SlackRefusal } from '../refusal.ts';
import type { Call } from './call.ts';

export interface Page<Item> {
  items: Item[];
  hasMore: boolean;
  response_metadata: { next_cursor: string };
}

/** @throws SlackRefusal invalid_cursor, invalid_limit */
export function pageOf<Item>(
  call: Call,
  all: readonly Item[],
  usualLimit: number,
  mostLimit = 1000,
): Page<Item> {
  const limit = call.args.limit(usualLimit, mostLimit);
  const cursor = call.args.text('cursor');
  const start = cursor ? Number(/^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1]) : 0;
  if (!Number.isInteger(start)) throw new SlackRefusal('invalid_cursor');
  const end = start + limit;
  const hasMore = end < all.length;
  const next = hasMore ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), hasMore, response_metadata: { next_cursor: next } };
}
