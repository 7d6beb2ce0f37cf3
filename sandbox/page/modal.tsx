import { type FormEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ClientView } from '../slack/client-api.ts';
import { Blocks } from './blocks/blocks.tsx';
import { Dialog } from './dialog.tsx';
import { CloseIcon } from './icons.tsx';
import { pendingFills } from './pending-fills.ts';
import { act, searchOptions } from './requests.ts';
import { type Surface, SurfaceContext } from './surface.tsx';
import { useClient } from './workspace-context.tsx';

interface ModalJson {
  title?: { text: string };
  submit?: { text: string };
  close?: { text: string };
  blocks?: unknown[];
}

/** The top of the person's modal stack. */
export function ModalStack() {
  const { workspace } = useClient();
  const top = workspace.views.at(-1);
  return top ? <Modal view={top} isStacked={workspace.views.length > 1} /> : null;
}

function Modal({ view, isStacked }: { view: ClientView; isStacked: boolean }) {
  const { workspace } = useClient();
  const me = workspace.me.id;
  const json = view.view as ModalJson;
  const titleId = useId();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const { surface, flush } = useModalSurface(view, me);

  const [submittedAt, setSubmittedAt] = useState(0);
  const failure = workspace.failures.findLast(
    (other) => other.viewId === view.id && other.sequence > submittedAt,
  );
  const hasErrors = Object.keys(view.errors).length > 0;
  useEffect(() => {
    if (hasErrors) form.current?.querySelector<HTMLElement>('.invalid :is(input, textarea, select)')?.focus();
  }, [hasErrors]);
  // An answer to the submission can be seen before the submission returns.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the last view was told is not this one's
  useEffect(() => {
    setProblem(undefined);
    setIsBusy(false);
  }, [view.id, view.hash, view.errors]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || !json.submit) return;
    setIsBusy(true);
    setProblem(undefined);
    setSubmittedAt(workspace.sequence);
    await flush();
    const result = await act(me, { kind: 'submit', viewId: view.id });
    setIsBusy(false);
    // Errors on fields stand at the fields.
    if (!result.ok) setProblem(result.error ?? 'The submission was refused.');
  };
  const close = (clearStack: boolean) =>
    void act(me, { kind: 'close', viewId: view.id, ...(clearStack ? { clearStack } : {}) });

  const shown = failure ? `The app did not answer (${failure.error}). Try again.` : problem;
  return (
    <Dialog contentKey={view.id} labelledBy={titleId} className="dialog modal" onEscape={() => close(false)}>
      <form ref={form} onSubmit={submit} noValidate>
        <header className="dialog-header">
          <h2 id={titleId} className="dialog-title">
            {json.title?.text ?? 'Modal'}
          </h2>
          <button
            type="button"
            className="tool"
            aria-label="Close"
            title="Close"
            onClick={() => close(isStacked)}
          >
            <CloseIcon />
          </button>
        </header>
        <div className="dialog-body">
          {shown && !hasErrors && (
            <p className="dialog-problem" role="alert">
              {shown}
            </p>
          )}
          <SurfaceContext value={surface}>
            <Blocks key={view.id} blocks={json.blocks ?? []} />
          </SurfaceContext>
        </div>
        <footer className="dialog-footer">
          <button type="button" className="button" onClick={() => close(false)}>
            {json.close?.text ?? (isStacked ? 'Back' : 'Cancel')}
          </button>
          {json.submit && (
            <button
              type="submit"
              className="button primary"
              aria-busy={isBusy || undefined}
              aria-disabled={isBusy || undefined}
            >
              {json.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

/** What the fields of a modal, or of a home tab, talk to. */
export function useModalSurface(view: ClientView, me: string) {
  const viewId = view.id;
  const fills = useMemo(() => pendingFills(viewId, (action) => act(me, action)), [viewId, me]);
  const surface = useMemo<Surface>(
    () => ({
      kind: 'view',
      id: viewId,
      click: async (blockId, actionId, value) => {
        await fills.flush();
        return act(me, {
          kind: 'click_view',
          viewId,
          blockId,
          actionId,
          ...(value === undefined ? {} : { value }),
        });
      },
      search: (blockId, actionId, text) => searchOptions(me, { viewId, blockId, actionId, text }),
      fill: fills.fill,
      entered: (blockId, actionId) => view.values[blockId]?.[actionId] as Record<string, unknown> | undefined,
      errors: view.errors,
    }),
    [viewId, me, fills, view.values, view.errors],
  );
  return { surface, flush: fills.flush };
}
