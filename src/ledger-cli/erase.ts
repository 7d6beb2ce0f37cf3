import type { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import { erasePerson } from '../postgres/ledger-erase.ts';

/**
 * `ledger erase <person>`: forgets a person's private texts, in a transaction of its own.
 *
 * @param request.owner logged in as the owner role (`DATABASE_OWNER_URL`); the bot's login is denied.
 * @param request.person a Slack user id, or what the text was recorded as being about.
 * @returns the exit code: 0, or 2 when there was nothing to erase, which may be a mistyped id.
 */
export async function runLedgerErase(request: {
  readonly owner: ClientBase;
  readonly workspaceId: string;
  readonly person: string;
  readonly actor: string;
  readonly via: string;
  readonly now: Date;
  readonly output: Writable;
}): Promise<0 | 2> {
  const { owner, workspaceId, person, now, output } = request;
  await owner.query('BEGIN');
  try {
    const { texts, recorded } = await erasePerson(owner, workspaceId, person, request, now);
    await owner.query('COMMIT');
    if (texts === 0) {
      output.write(`Nothing about "${person}" is kept in the ledger of "${workspaceId}".\n`);
      return 2;
    }
    output.write(
      `Erased ${texts} private ${texts === 1 ? 'text' : 'texts'} about "${person}", recorded as ${recorded.map(({ receipt }) => receipt).join(', ')}. Backups keep them until they expire.\n`,
    );
    return 0;
  } catch (error) {
    await owner.query('ROLLBACK');
    throw error;
  }
}
