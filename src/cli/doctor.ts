import type { Writable } from 'node:stream';
import type { EnvironmentVariables } from '../config/environment.ts';
import { CountersignError } from '../core/errors.ts';
import { prepare } from '../start.ts';
import { checkAlerts } from './doctor/check-alerts.ts';
import { checkDatabase } from './doctor/check-database.ts';
import { checkRedis } from './doctor/check-redis.ts';
import { checkSlack } from './doctor/check-slack.ts';
import { checkTargets } from './doctor/check-targets.ts';

/** One line of what `countersign doctor` prints. */
export interface Finding {
  readonly what: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; undefined when nothing is wrong. */
  readonly fix?: string | undefined;
}

const marks = { ok: '✓', warning: '▲', failed: '✗' } as const;

/**
 * Checks everything that can be reached, each on its own, so that one failure hides no other.
 * @returns the exit code: 0 when nothing failed.
 */
export async function runDoctor(
  variables: EnvironmentVariables,
  folder: string,
  output: Writable,
): Promise<0 | 1> {
  const findings: Finding[] = [];
  const add = (some: readonly Finding[]) => {
    for (const finding of some) {
      findings.push(finding);
      output.write(line(finding));
    }
  };
  try {
    const prepared = await prepare({ variables, needs: [], folder, destination: { write: () => undefined } });
    add([
      {
        what: 'configuration',
        status: 'ok',
        detail: `${prepared.commands.size} commands, ${prepared.runbooks.runbooks.size} runbooks, settings are valid`,
      },
    ]);
    const { environment, settings } = prepared;
    const checks = [
      unbroken('database', checkDatabase(environment)),
      unbroken('redis', checkRedis(environment, prepared.log)),
      unbroken('slack', checkSlack(environment, settings.current)),
      unbroken(
        'targets',
        checkTargets(settings.current, () => new Date()),
      ),
    ];
    for (const check of checks) add(await check);
    add(checkAlerts(settings.current));
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    add([
      {
        what: 'configuration',
        status: 'failed',
        detail: error.message,
        fix: 'Mend these and run doctor again.',
      },
    ]);
  }
  const failed = findings.filter(({ status }) => status === 'failed').length;
  output.write(failed === 0 ? '\nNothing failed.\n' : `\n${failed} failed.\n`);
  return failed === 0 ? 0 : 1;
}

/** A check that breaks is a finding too: it must neither hide the others nor end the process. */
async function unbroken(what: string, check: Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check;
  } catch (error) {
    const detail = `could not be checked: ${error instanceof Error ? error.message : String(error)}`;
    return [{ what, status: 'failed', detail, fix: 'Mend what it says and run doctor again.' }];
  }
}

function line({ what, status, detail, fix }: Finding): string {
  return `${marks[status]} ${what.padEnd(24)} ${detail}${fix === undefined ? '' : `\n  → ${fix}`}\n`;
}
