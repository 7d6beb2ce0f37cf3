import { createContext, useContext } from 'react';
import type { ActionResult, OptionsResult } from '../slack/client-api.ts';

/** Where blocks stand, a message or a modal: what their interactive elements talk to. */
export interface Surface {
  kind: 'message' | 'view';
  /** Tells fields of different messages and modals apart in the document. */
  id: string;
  click(blockId: string, actionId: string, value?: string): Promise<ActionResult>;
  search(blockId: string, actionId: string, text: string): Promise<OptionsResult>;
  /** Modals only: what the person has entered in an input block. */
  fill?(blockId: string, actionId: string, value: unknown): void;
  /** What is already entered, as in `view.state.values[block_id][action_id]`. */
  entered(blockId: string, actionId: string): Record<string, unknown> | undefined;
  /** The error of a submission, by block id. */
  errors: Record<string, string>;
}

const nowhere: Surface = {
  kind: 'message',
  id: 'nowhere',
  click: async () => ({ ok: false, error: 'nothing to click here' }),
  search: async () => ({ ok: false, options: [] }),
  entered: () => undefined,
  errors: {},
};

export const SurfaceContext = createContext<Surface>(nowhere);
export const useSurface = () => useContext(SurfaceContext);
