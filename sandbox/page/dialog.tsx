import { type KeyboardEvent, type ReactNode, type SyntheticEvent, useLayoutEffect, useRef } from 'react';

const focusable =
  'button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), a[href], [tabindex="0"]';

/** Where the focus goes when what opened the dialog is gone meanwhile. */
const fallbackFocus = 'textarea.composer-text';

/**
 * A modal dialog: the page behind it is inert, Tab stays inside, Esc asks to close, and closing gives the
 * focus back to where it was.
 */
export function Dialog(props: {
  /** Changing it, as when another view is pushed, puts the focus on the new content. */
  contentKey: string;
  labelledBy: string;
  className: string;
  onEscape: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    element.showModal();
    return () => {
      element.close();
      const back = before?.isConnected && before !== document.body ? before : undefined;
      (back ?? document.querySelector<HTMLElement>(fallbackFocus))?.focus();
    };
  }, []);
  const { contentKey } = props;
  useLayoutEffect(() => {
    const element = dialog.current!;
    element.dataset.content = contentKey;
    const first =
      element.querySelector<HTMLElement>('[data-autofocus]') ??
      element.querySelector<HTMLElement>('.dialog-body :is(input, textarea, select)') ??
      element.querySelector<HTMLElement>('.dialog-footer .button.primary, .dialog-footer .button.danger') ??
      element.querySelector<HTMLElement>(focusable);
    first?.focus();
  }, [contentKey]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      // Handled here because browsers let a page refuse the dialog's own cancel event only once.
      event.preventDefault();
      props.onEscape();
    }
    if (event.key !== 'Tab') return;
    const stops = [...dialog.current!.querySelectorAll<HTMLElement>(focusable)].filter(
      (stop) => stop.tabIndex >= 0 && stop.checkVisibility(),
    );
    const last = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== last) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  };
  const onCancel = (event: SyntheticEvent) => {
    // The dialog goes when its owner says so: a modal stays open until the workspace has closed it.
    event.preventDefault();
    props.onEscape();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={props.labelledBy}
      className={props.className}
      onCancel={onCancel}
      onKeyDown={onKeyDown}
    >
      {props.children}
    </dialog>
  );
}
