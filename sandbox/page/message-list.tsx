import { Fragment, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ClientMessage, ClientUser } from '../slack/client-api.ts';
import { dateOf, Message } from './message.tsx';
import { dayHeading, isSameDay } from './text/date-token.ts';
import type { AppFailure, ThreadSummary } from './workspace.ts';
import { useClient, useNames, useNow } from './workspace-context.tsx';

/** A channel of thousands stays quick: this many messages stand in the page until older ones are asked for. */
const pageSize = 200;

/** Messages this close together read as one. */
const togetherMilliseconds = 5 * 60_000;

/** Nearer than this to the end, in pixels, one is reading along and new messages may scroll. */
const readingAlongPixels = 80;

export function MessageList(props: {
  label: string;
  messages: readonly ClientMessage[];
  threads?: ReadonlyMap<string, ThreadSummary>;
  failures?: readonly AppFailure[];
  onOpenThread?: (ts: string) => void;
  intro?: string;
}) {
  const { messages, threads, failures = [], onOpenThread } = props;
  const { workspace } = useClient();
  const { timeZone } = useNames();
  const now = useNow();
  const [shown, setShown] = useState(pageSize);
  const visible = messages.slice(-shown);
  const scroller = useScroll(messages, failures.length, shown);
  const users = useMemo(() => new Map(workspace.users.map((user) => [user.id, user])), [workspace.users]);
  const shortcuts = useMemo(
    () => workspace.shortcuts.filter((shortcut) => shortcut.type === 'message'),
    [workspace.shortcuts],
  );
  const older = messages.length - visible.length;
  return (
    <div className="scroll-frame">
      <div className="scroller" ref={scroller.box} onScroll={scroller.onScroll}>
        {older > 0 ? (
          <button type="button" className="button load-older" onClick={() => setShown(shown + pageSize)}>
            Load older messages ({older})
          </button>
        ) : (
          props.intro && <p className="intro">{props.intro}</p>
        )}
        <div role="log" aria-live="polite" aria-relevant="additions" aria-label={props.label}>
          {visible.map((message, index) => {
            const previous = visible[index - 1];
            const isNewDay = !previous || !isSameDay(dateOf(previous.ts), dateOf(message.ts), timeZone);
            const thread = threads?.get(message.ts);
            return (
              <Fragment key={message.ts}>
                {isNewDay && (
                  <div className="day">
                    <span>{dayHeading(dateOf(message.ts), now, timeZone)}</span>
                  </div>
                )}
                {failuresBetween(failures, previous, message).map((failure) => (
                  <FailureLine
                    key={failure.sequence}
                    failure={failure}
                    bot={users.get(workspace.botUserId)}
                  />
                ))}
                <Message
                  message={message}
                  author={users.get(message.userId)}
                  me={workspace.me.id}
                  isContinued={!isNewDay && isTogether(previous, message)}
                  shortcuts={shortcuts}
                  {...(thread ? { thread } : {})}
                  {...(onOpenThread ? { onOpenThread } : {})}
                />
              </Fragment>
            );
          })}
          {failuresBetween(failures, visible.at(-1), undefined).map((failure) => (
            <FailureLine key={failure.sequence} failure={failure} bot={users.get(workspace.botUserId)} />
          ))}
        </div>
      </div>
      {scroller.hasNewBelow && (
        <button type="button" className="button primary new-below" onClick={scroller.toEnd}>
          New messages ↓
        </button>
      )}
    </div>
  );
}

function isTogether(previous: ClientMessage | undefined, message: ClientMessage): boolean {
  if (!previous || previous.userId !== message.userId) return false;
  if (previous.ephemeralFor !== message.ephemeralFor) return false;
  return dateOf(message.ts).getTime() - dateOf(previous.ts).getTime() < togetherMilliseconds;
}

function failuresBetween(
  failures: readonly AppFailure[],
  after: ClientMessage | undefined,
  before: ClientMessage | undefined,
): AppFailure[] {
  const from = after ? dateOf(after.ts).getTime() : Number.NEGATIVE_INFINITY;
  const to = before ? dateOf(before.ts).getTime() : Number.POSITIVE_INFINITY;
  return failures.filter((failure) => failure.at >= from && failure.at < to);
}

/** Slack's own red line when the app did not answer in time. */
function FailureLine({ failure, bot }: { failure: AppFailure; bot: ClientUser | undefined }) {
  const who = bot?.realName ?? 'The app';
  const what =
    failure.error === 'operation_timeout'
      ? `${who} did not answer within 3 seconds.`
      : `${who} failed to answer.`;
  return (
    <p className="failure" role="alert">
      <strong>{what}</strong> <code>{failure.error}</code> <span>Only visible to you</span>
    </p>
  );
}

/** Keeps the end in view while reading along, the place while older messages are put above. */
function useScroll(messages: readonly ClientMessage[], failures: number, shown: number) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const heightBefore = useRef(0);
  const shownBefore = useRef(shown);
  const [hasNewBelow, setHasNewBelow] = useState(false);
  const last = messages.at(-1)?.ts;
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows what was added, not what it reads
  useLayoutEffect(() => {
    const element = box.current!;
    if (shownBefore.current !== shown) {
      element.scrollTop += element.scrollHeight - heightBefore.current;
      shownBefore.current = shown;
    } else if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    heightBefore.current = element.scrollHeight;
  }, [messages, failures, shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new last message is news
  useLayoutEffect(() => {
    if (!isAtEnd.current) setHasNewBelow(true);
  }, [last, failures]);
  // Blocks that change size later (a lazily drawn one, a window made narrower) must not hide the end.
  useLayoutEffect(() => {
    const element = box.current!;
    const grown = new ResizeObserver(() => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    });
    grown.observe(element);
    for (const child of element.children) grown.observe(child);
    return () => grown.disconnect();
  }, []);
  return {
    box,
    hasNewBelow,
    onScroll: () => {
      const { scrollHeight, scrollTop, clientHeight } = box.current!;
      isAtEnd.current = scrollHeight - scrollTop - clientHeight < readingAlongPixels;
      heightBefore.current = scrollHeight;
      if (isAtEnd.current) setHasNewBelow(false);
    },
    toEnd: () => {
      isAtEnd.current = true;
      box.current!.scrollTop = box.current!.scrollHeight;
      setHasNewBelow(false);
    },
  };
}
