import type { Signal } from '../core/alerts/signal.ts';
import { UnreadableDelivery } from './source-kind.ts';

/** What the "data" of a webhook of the integration platform is read with. */
export interface HookContext {
  readonly action: string;
  /** Undefined: Sentry itself says when an issue is over. */
  readonly quietMinutes: number | undefined;
  /** When Sentry built it, where that can be believed. */
  readonly order: number | undefined;
}

export type Understood = { readonly isKnown: boolean; readonly signals: readonly Signal[] };

export const unknownHook: Understood = { isKnown: false, signals: [] };

export function understood(signal: Signal): Understood {
  return { isKnown: true, signals: [signal] };
}

/** @throws UnreadableDelivery */
export function refuse(what: string): never {
  throw new UnreadableDelivery(`${what} It is not what Sentry's integration platform sends.`);
}
