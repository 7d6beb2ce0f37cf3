import { createHash } from 'node:crypto';
import type { JsonObject } from '../../command.ts';
import { canonical } from '../ledger/entry.ts';

/** Everything a signature is bound to. */
export interface SignedFacts {
  readonly run: string;
  readonly requester: string;
  readonly command: string;
  /** The integer in the command file. */
  readonly version: number;
  /** With every reference resolved. */
  readonly args: JsonObject;
  readonly target: string | undefined;
  readonly environment: string | undefined;
  readonly data: JsonObject;
  readonly effects: readonly { readonly step: string; readonly call: JsonObject }[];
  /** The terms signatures were asked for under, without the people. */
  readonly policy: JsonObject;
}

/** SHA-256 over the RFC 8785 form of what is signed; lower-case hex. */
export function runDigest(facts: SignedFacts): string {
  const signed = {
    ...facts,
    target: facts.target ?? null,
    environment: facts.environment ?? null,
    effects: facts.effects.map(({ step, call }) => ({ step, call })),
  };
  return createHash('sha256').update('countersign.run.v1\0').update(canonical(signed), 'utf8').digest('hex');
}

/** What a button carries of a digest: enough to tell one card from another. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 16);
}

/** What makes two requests the same, whoever asks. */
export function requestKey(request: {
  readonly command: string;
  readonly target: string | undefined;
  readonly args: JsonObject;
}): string {
  const { command, args, target = null } = request;
  return createHash('sha256').update(canonical({ command, target, args }), 'utf8').digest('hex');
}
