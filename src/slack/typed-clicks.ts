import type * as payload from './payloads.ts';
import { incidentMenuId } from './views/incident-buttons.ts';
import { runbookMenuId } from './views/runbook-ids.ts';

/** What a menu runs without asking: it reads nothing but what is there. Everything else has a form to be read first. */
const runAtOnce: readonly string[] = ['incident export'];

/** A click that carries an invocation as it is typed, to be parsed like anything typed. */
export interface TypedClick {
  readonly text: string;
  /** By the name of the command it turns out to be. Otherwise a form is opened only where something is missing. */
  readonly isFormWanted: (command: string) => boolean;
}

/**
 * `open_modal` and `open_modal:<x>` open the form, `invoke` and `invoke:<x>` run it (ids are unique within a block, so
 * that several need a name each); an option of the two menus does what its command needs.
 */
export function maybeTypedClick(clicked: payload.BlockActions['actions'][number]): TypedClick | undefined {
  const { action_id: actionId, value, selected_option: chosen } = clicked;
  if (actionId === incidentMenuId || actionId === runbookMenuId) {
    return chosen == null
      ? undefined
      : { text: chosen.value, isFormWanted: (command) => !runAtOnce.includes(command) };
  }
  const [name] = actionId.split(':', 1);
  if (value === undefined || (name !== 'open_modal' && name !== 'invoke')) return undefined;
  return { text: value, isFormWanted: () => name === 'open_modal' };
}
