import { type ChangeEvent, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { BoltIcon, SendIcon } from './icons.tsx';
import { MenuButton } from './menu.tsx';
import { commandBeingTyped, completionFor, type Suggestion } from './suggestions.ts';
import { useClient } from './workspace-context.tsx';

/** Text not sent yet, by conversation and person: switching channel and back keeps it. */
const drafts = new Map<string, string>();

/** What Slack's client shows when the app was asked and did not answer as it must. */
const appFailures = ['operation_timeout', 'dispatch_failed'];

/** Slack's box for writing: Enter sends, Shift+Enter breaks the line, `/` and `@` complete. */
export function Composer({
  label,
  channel,
  threadTs,
}: {
  label: string;
  channel: string;
  threadTs?: string;
}) {
  const { workspace, act } = useClient();
  const draftKey = `${workspace.me.id}/${channel}/${threadTs ?? ''}`;
  const [text, setText] = useState(() => drafts.get(draftKey) ?? '');
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState('');
  const [problem, setProblem] = useState<{ error: string; sentAfter: number }>();
  const box = useRef<HTMLTextAreaElement>(null);
  const caretAfterChoice = useRef<number>(undefined);
  const listId = useId();

  const completion = text === dismissed ? undefined : completionFor(text, caret, workspace);
  const suggestions = completion?.suggestions ?? [];
  const typing = commandBeingTyped(text, workspace.commands);

  const write = (next: string, nextCaret = next.length) => {
    drafts.set(draftKey, next);
    setText(next);
    setCaret(nextCaret);
    setActive(0);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box grows with its text
  useLayoutEffect(() => {
    const element = box.current!;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
    // In the same turn as the text: a caret moved later would jump back under what is typed meanwhile.
    if (caretAfterChoice.current !== undefined) {
      element.setSelectionRange(caretAfterChoice.current, caretAfterChoice.current);
      caretAfterChoice.current = undefined;
    }
  }, [text]);

  const choose = (suggestion: Suggestion) => {
    const next = text.slice(0, completion?.from ?? 0) + suggestion.insert + text.slice(caret);
    const nextCaret = (completion?.from ?? 0) + suggestion.insert.length;
    write(next, nextCaret);
    setDismissed('');
    caretAfterChoice.current = nextCaret;
    box.current?.focus();
  };
  const send = async () => {
    const said = text.trim();
    if (said === '') return;
    write('');
    setProblem(undefined);
    const sentAfter = workspace.sequence;
    const result = await act({ kind: 'send', channel, text: said, ...(threadTs ? { threadTs } : {}) });
    if (result.ok) return;
    const error = result.error ?? 'This message was not sent.';
    setProblem({ error, sentAfter });
    // What was refused is given back, unless something else was typed meanwhile. Where the app failed, the
    // command may have been done all the same: sending it again must not be one key away.
    if (!drafts.get(draftKey) && !appFailures.includes(error)) write(said);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = suggestions.length;
    const chosen = suggestions[active];
    const isModified = event.altKey || event.ctrlKey || event.metaKey;
    if (count > 0 && !isModified && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      setActive((active + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
    } else if (count > 0 && event.key === 'Escape') {
      event.preventDefault();
      setDismissed(text);
    } else if (chosen && event.key === 'Tab' && !event.shiftKey) {
      event.preventDefault();
      choose(chosen);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (chosen && chosen.insert.trim() !== text.slice(completion?.from ?? 0, caret)) choose(chosen);
      else void send();
    }
  };
  const onChange = (event: ChangeEvent<HTMLTextAreaElement>) => {
    setProblem(undefined);
    write(event.target.value, event.target.selectionStart);
  };
  // Slack's red line in the channel says it already.
  const isToldAbove = workspace.failures.some(
    (failure) => failure.sequence > (problem?.sentAfter ?? 0) && failure.error === problem?.error,
  );
  const global = workspace.shortcuts.filter((shortcut) => shortcut.type === 'global');
  return (
    <div className="composer">
      {suggestions.length > 0 && (
        <SuggestionList id={listId} suggestions={suggestions} active={active} onChoose={choose} />
      )}
      {typing && suggestions.length === 0 && (
        <p className="usage">
          <code>{typing.command}</code> <span>{typing.usageHint}</span>
        </p>
      )}
      <div className="composer-box">
        <textarea
          ref={box}
          className="composer-text"
          rows={1}
          aria-label={label}
          placeholder={label}
          aria-autocomplete="list"
          aria-controls={suggestions.length > 0 ? listId : undefined}
          aria-activedescendant={suggestions.length > 0 ? `${listId}-${active}` : undefined}
          value={text}
          onChange={onChange}
          onKeyDown={onKeyDown}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        />
        <div className="composer-bar">
          {global.length > 0 && !threadTs && (
            <MenuButton
              label="Shortcuts"
              className="tool"
              items={global.map((shortcut) => ({
                key: shortcut.callbackId,
                label: shortcut.name,
                description: shortcut.description,
                onSelect: () => void act({ kind: 'shortcut', callbackId: shortcut.callbackId, channel }),
              }))}
            >
              <BoltIcon />
            </MenuButton>
          )}
          <span className="speaking-as">
            as <strong>{workspace.me.realName}</strong>
          </span>
          <button
            type="button"
            className="send"
            aria-label="Send"
            title="Send"
            disabled={text.trim() === ''}
            onClick={() => void send()}
          >
            <SendIcon />
          </button>
        </div>
      </div>
      {problem && !isToldAbove && (
        <p className="composer-problem" role="alert">
          {problem.error}
        </p>
      )}
    </div>
  );
}

function SuggestionList(props: {
  id: string;
  suggestions: Suggestion[];
  active: number;
  onChoose: (suggestion: Suggestion) => void;
}) {
  return (
    <div
      id={props.id}
      className="suggestions"
      role="listbox"
      aria-label="Suggestions"
      tabIndex={-1}
      onMouseDown={(event) => event.preventDefault()}
    >
      {props.suggestions.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the text box, which points here
        <div
          key={suggestion.key}
          id={`${props.id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === props.active}
          className={index === props.active ? 'suggestion active' : 'suggestion'}
          onClick={() => props.onChoose(suggestion)}
        >
          <strong>{suggestion.title}</strong>
          {suggestion.hint && <code>{suggestion.hint}</code>}
          <small>{suggestion.description}</small>
        </div>
      ))}
    </div>
  );
}
