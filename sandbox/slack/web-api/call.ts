/** What a method sees of one call, and what it gives back: the fields beside `ok: true`. */
import type { Core } from '../core.ts';
import type { MethodName } from '../method-table.ts';
import { SlackRefusal } from '../refusal.ts';
import type { Arguments } from './arguments.ts';

export interface Call {
  core: Core;
  args: Arguments;
  scopes: readonly string[];
  /** What this very call needed, for the record. */
  usedScopes: Set<string>;
  token: 'bot' | 'app' | 'none';
  /** JSON bodies are not taken everywhere. */
  isJson: boolean;
}

export type Method = (call: Call) => Record<string, unknown> | Promise<Record<string, unknown>>;
export type Methods = { [Name in MethodName]?: Method };

/**
 * Notes the scope when it is the only one that would do: what was noted is what a manifest has to grant.
 *
 * @throws SlackRefusal missing_scope with `needed` and `provided`, as Slack spells them
 */
export function needScope(call: Pick<Call, 'scopes' | 'usedScopes'>, ...anyOf: readonly string[]): void {
  if (anyOf.length === 0) return;
  if (anyOf.length === 1) for (const scope of anyOf) call.usedScopes.add(scope);
  if (anyOf.some((scope) => call.scopes.includes(scope))) return;
  throw new SlackRefusal('missing_scope', { needed: anyOf.join(','), provided: call.scopes.join(',') });
}
