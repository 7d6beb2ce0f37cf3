import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Popup } from './popup.tsx';

export interface MenuItem {
  key: string;
  label: ReactNode;
  description?: ReactNode;
  isDanger?: boolean;
  onSelect: () => void;
}

/** A button that opens a menu: arrows move, Enter chooses, Esc and Tab close it and give the focus back. */
export function MenuButton(props: {
  label: string;
  className: string;
  items: MenuItem[];
  children: ReactNode;
  isBusy?: boolean;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const close = (returnsFocus: boolean) => {
    setIsOpen(false);
    if (returnsFocus) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={props.className}
        aria-label={props.label}
        title={props.label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-busy={props.isBusy || undefined}
        aria-disabled={props.isBusy || undefined}
        {...(isOpen ? { 'aria-controls': id } : {})}
        onClick={() => setIsOpen(!isOpen)}
      >
        {props.children}
      </button>
      {isOpen && (
        <Popup anchor={button} align="end" className="menu-popup">
          <Menu id={id} label={props.label} items={props.items} owner={button.current} onClose={close} />
        </Popup>
      )}
    </>
  );
}

function Menu(props: {
  id: string;
  label: string;
  items: MenuItem[];
  owner: HTMLElement | null;
  onClose: (returnsFocus: boolean) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const { owner, onClose } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a menu lives for one opening, and its owner with it
  useEffect(() => {
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const onPointer = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!list.current?.contains(target) && !owner?.contains(target)) onClose(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, number> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[to]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      onClose(true);
    }
  };
  return (
    <div ref={list} id={props.id} role="menu" aria-label={props.label} tabIndex={-1} onKeyDown={onKeyDown}>
      {props.items.map((item) => (
        <button
          key={item.key}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={item.isDanger ? 'menu-item danger' : 'menu-item'}
          onClick={() => {
            onClose(true);
            item.onSelect();
          }}
        >
          <span>{item.label}</span>
          {item.description && <small>{item.description}</small>}
        </button>
      ))}
    </div>
  );
}
