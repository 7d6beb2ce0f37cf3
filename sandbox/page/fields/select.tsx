import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { CaretIcon, CloseIcon } from '../icons.tsx';
import { Popup } from '../popup.tsx';
import { type Choice, isMulti } from './element.ts';
import { useOffer } from './select-options.ts';
import { controlAttributes, type FieldProps, useField } from './use-field.ts';

/** Every kind of select: a combobox that filters its own options or asks the app for some as you type. */
export function SelectField(props: FieldProps) {
  const { element, blockId } = props;
  const { value, change } = useField(props);
  const chosen = typeof value === 'string' ? [] : value;
  const takesMany = isMulti(element.type);
  const box = useRef<HTMLDivElement>(null);
  const listId = useId();
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const isOpen = typed !== undefined;
  const offer = useOffer(element, blockId, typed ?? '', isOpen);

  const close = () => setTyped(undefined);
  const choose = (choice: Choice) => {
    close();
    setActive(0);
    if (!takesMany) return void change([choice]);
    const others = chosen.filter((other) => other.value !== choice.value);
    const most = element.max_selected_items ?? Number.POSITIVE_INFINITY;
    if (others.length === chosen.length && chosen.length >= most) return;
    void change(others.length === chosen.length ? [...chosen, choice] : others);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const count = offer.choices.length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) setTyped('');
      else if (count > 0) setActive((active + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const choice = offer.choices[active];
      if (isOpen && choice) choose(choice);
    } else if (event.key === 'Escape' && isOpen) {
      // Closes the list only; the next Esc is the modal's.
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === 'Backspace' && !typed && takesMany && chosen.length > 0) {
      void change(chosen.slice(0, -1));
    }
  };
  const single = takesMany ? '' : (chosen[0]?.label ?? '');
  const activeOption = isOpen && offer.choices[active] ? `${listId}-${active}` : undefined;
  return (
    <div ref={box} className={`select ${isOpen ? 'open' : ''}`}>
      {takesMany &&
        chosen.map((choice) => (
          <span key={choice.value} className="chip">
            {choice.label}
            <button type="button" aria-label={`Remove ${choice.label}`} onClick={() => choose(choice)}>
              <CloseIcon />
            </button>
          </span>
        ))}
      <input
        {...controlAttributes(props)}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={activeOption}
        autoComplete="off"
        placeholder={chosen.length === 0 ? (element.placeholder?.text ?? 'Choose an option') : single}
        value={typed ?? single}
        onClick={() => setTyped(typed ?? '')}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <CaretIcon />
      {isOpen && (
        <Popup anchor={box} isAnchorWide className="list-popup">
          <OptionList
            id={listId}
            choices={offer.choices}
            active={active}
            chosen={chosen.map((choice) => choice.value)}
            onChoose={choose}
          />
          {offer.note && (
            <p className="list-note" role="status">
              {offer.note}
            </p>
          )}
        </Popup>
      )}
    </div>
  );
}

function OptionList(props: {
  id: string;
  choices: readonly Choice[];
  active: number;
  chosen: string[];
  onChoose: (choice: Choice) => void;
}) {
  return (
    // The text box keeps the focus, so a press on the list must not take it.
    <div id={props.id} role="listbox" tabIndex={-1} onMouseDown={(event) => event.preventDefault()}>
      {props.choices.map((choice, index) => (
        <div key={`${choice.group ?? ''}/${choice.value}`}>
          {choice.group && choice.group !== props.choices[index - 1]?.group && (
            <p className="list-group">{choice.group}</p>
          )}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the combobox, which points here */}
          <div
            id={`${props.id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={props.chosen.includes(choice.value)}
            className={index === props.active ? 'list-option active' : 'list-option'}
            ref={
              index === props.active ? (option) => option?.scrollIntoView({ block: 'nearest' }) : undefined
            }
            onClick={() => props.onChoose(choice)}
          >
            <span>{choice.label}</span>
            {choice.description && <small>{choice.description}</small>}
          </div>
        </div>
      ))}
    </div>
  );
}
