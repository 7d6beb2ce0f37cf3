import { createHash, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '../../command.ts';
import { Fault } from '../errors.ts';
import type { LedgerKind } from './kinds.ts';

/**
 * Ahead of everything hashed, with the NUL: bytes hashed for one purpose can then never pass for another.
 * The insert trigger in `0001_ledger.sql` holds the same bytes.
 */
const entryDomain = Buffer.from('countersign.ledger.entry.v1\0', 'utf8');
const commitmentDomain = Buffer.from('countersign.ledger.commitment.v1\0', 'utf8');

/** `prev_hash` of the first entry of every ledger. */
export const genesisHash = '00'.repeat(32);

/** Canonical bytes of one entry. A decision is a few hundred; past this something is being stored here that should not be. */
const maxBodyBytes = 256 * 1024;
const maxFactDepth = 64;

/** What a decision gives to be recorded. */
export interface NewEntry {
  readonly kind: LedgerKind;
  /** Slack user id, `cli:<login>`, or `countersign` for what nobody asked for. */
  readonly actor: string;
  /** How they came: `slash`, `mention`, `button`, `modal`, `shortcut`, `cli`, `timer`, … */
  readonly via: string;
  readonly runId?: string | undefined;
  readonly incidentId?: string | undefined;
  /** Hashed as they stand and kept for ever: ids and outcomes, never names, reasons or notes. */
  readonly facts: JsonObject;
  /**
   * Names, email addresses, reasons, notes. Only a salted commitment enters the chain, so each can be erased.
   * A plain string is about the actor; name another person with `about`.
   */
  readonly private?: Readonly<Record<string, string | { readonly text: string; readonly about: string }>>;
  /** Its incident's thread shows it already, so that no line there says it. Not recorded. Default false. */
  readonly isShown?: boolean | undefined;
  /** The started runbook it is a step of, whose card is to show it. Not recorded. */
  readonly runbookId?: string | undefined;
}

export interface PrivateText {
  readonly field: string;
  readonly person: string;
  readonly salt: Buffer;
  readonly text: string;
}

/** An entry that lacks only its place. Its bytes are `beforeSeq`, the seq in decimal, `afterSeq`. */
export interface EntryDraft {
  readonly beforeSeq: string;
  readonly afterSeq: string;
  readonly privateTexts: readonly PrivateText[];
}

/** What the canonical bytes say, once parsed. */
export interface EntryBody {
  readonly actor: string;
  readonly at: string;
  readonly facts: JsonObject;
  readonly incident: string | null;
  readonly kind: string;
  /** Field name → commitment, 64 hex digits. */
  readonly private: Readonly<Record<string, string>>;
  readonly run: string | null;
  readonly seq: number;
  readonly v: 1;
  readonly via: string;
  readonly workspace: string;
}

/**
 * The entry's canonical bytes (RFC 8785), open only where its seq will stand, since that is known only under
 * the lock. RFC 8785 sorts keys, so `actor … run` come before `seq` and `v, via, workspace` after it.
 *
 * @throws Fault `ledger_entry_too_large` or `ledger_entry_too_deep`.
 */
export function draftEntry(
  workspaceId: string,
  entry: NewEntry,
  at: Date,
  newSalt: () => Buffer = () => randomBytes(32),
): EntryDraft {
  const privateTexts = Object.entries(entry.private ?? {}).map(([field, given]): PrivateText => {
    const { text, about } = typeof given === 'string' ? { text: given, about: entry.actor } : given;
    return { field: storable(field), person: storable(about), salt: newSalt(), text: storable(text) };
  });
  const before = {
    actor: entry.actor,
    at: at.toISOString(),
    facts: entry.facts,
    incident: entry.incidentId ?? null,
    kind: entry.kind,
    private: Object.fromEntries(privateTexts.map(({ field, salt, text }) => [field, commitment(salt, text)])),
    run: entry.runId ?? null,
  };
  const beforeSeq = `${canonical(storableJson(before, entry.kind, 0)).slice(0, -1)},"seq":`;
  const afterSeq = `,${canonical({ v: 1, via: storable(entry.via), workspace: workspaceId }).slice(1)}`;
  const bytes = Buffer.byteLength(beforeSeq) + Buffer.byteLength(afterSeq);
  if (bytes > maxBodyBytes) {
    throw new Fault(
      'ledger_entry_too_large',
      `A "${entry.kind}" entry would take ${bytes} bytes, more than ${maxBodyBytes}. Record an id or a hash of the large part instead.`,
    );
  }
  return { beforeSeq, afterSeq, privateTexts };
}

export function bodyOf(draft: EntryDraft, seq: number): string {
  return `${draft.beforeSeq}${seq}${draft.afterSeq}`;
}

/** SHA-256 over the domain, the previous entry's hash as 32 bytes, and the body as UTF-8; lower-case hex. */
export function entryHash(previousHash: string, body: string): string {
  return createHash('sha256')
    .update(entryDomain)
    .update(Buffer.from(previousHash, 'hex'))
    .update(body, 'utf8')
    .digest('hex');
}

/**
 * What stands in the chain for private text: SHA-256 over the domain, 32 random bytes and the text, in hex.
 * The salt keeps a short text (a name, "yes") from being guessed back once both are erased.
 */
export function commitment(salt: Uint8Array, text: string): string {
  return createHash('sha256').update(commitmentDomain).update(salt).update(text, 'utf8').digest('hex');
}

/** RFC 8785 text. @throws Error on what JSON cannot say: NaN, Infinity, lone surrogates. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('Only JSON values have a canonical form');
  return text;
}

/**
 * Outside text may hold what RFC 8785 (lone surrogates) or PostgreSQL (NUL) cannot carry. It is recorded with
 * U+FFFD in that place: an odd byte in someone's input must not be a way to keep a decision off the record.
 */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function storableJson(value: Json | undefined, kind: string, depth: number): Json {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (depth > maxFactDepth) {
    throw new Fault(
      'ledger_entry_too_deep',
      `The facts of a "${kind}" entry are nested more than ${maxFactDepth} deep. Record an id or a hash instead.`,
    );
  }
  if (Array.isArray(value)) return value.map((item) => storableJson(item, kind, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [storable(key), storableJson(item, kind, depth + 1)]),
  );
}
