import { writeFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Fault, UserMistake } from '../core/errors.ts';
import type { IncidentRecord } from '../core/incidents/incident-view.ts';
import { postmortemDraft } from '../core/incidents/postmortem.ts';

export interface IncidentExport {
  /** `i-…` */
  readonly incidentId: string;
  readonly loadRecord: (incidentId: string) => Promise<IncidentRecord | undefined>;
  /** A file, readable by its owner only since it holds private texts; `-` or undefined: `output`. */
  readonly out: string | undefined;
  /** Write over a file that is there. */
  readonly isForced: boolean;
  readonly output: Writable;
  readonly messages: Writable;
}

/**
 * `incident export <id> [--out file|-] [--force]`: the draft of a postmortem, from the database alone.
 *
 * @returns the exit code: 0.
 * @throws UserMistake `unknown_incident`. @throws Fault `export_file_exists`, `export_file_unwritable`.
 */
export async function runIncidentExport(options: IncidentExport): Promise<0> {
  const { incidentId, loadRecord, out, isForced, output, messages } = options;
  const record = await loadRecord(incidentId);
  if (record === undefined) {
    throw new UserMistake(
      'unknown_incident',
      `There is no incident "${incidentId}" in this database. "/ops incidents --since 90d --state all" names those there are.`,
    );
  }
  const { markdown } = postmortemDraft(record);
  if (out === undefined || out === '-') {
    output.write(markdown);
    return 0;
  }
  try {
    await writeFile(out, markdown, { flag: isForced ? 'w' : 'wx', mode: 0o600 });
  } catch (cause) {
    throw unwritable(out, cause as NodeJS.ErrnoException);
  }
  messages.write(`Wrote the draft of ${record.incident.id}'s postmortem to "${out}".\n`);
  return 0;
}

function unwritable(out: string, cause: NodeJS.ErrnoException): Fault {
  if (cause.code === 'EEXIST') {
    return new Fault(
      'export_file_exists',
      `"${out}" is there already. Name another file, or write over it with --force.`,
      { cause },
    );
  }
  return new Fault(
    'export_file_unwritable',
    `"${out}" cannot be written (${cause.code}). Name a file in a folder you may write to.`,
    { cause },
  );
}
