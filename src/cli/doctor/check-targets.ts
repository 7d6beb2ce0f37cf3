import type { CountersignSettings } from '../../runtime.ts';
import { openTargets } from '../../targets/targets.ts';
import type { Finding } from '../doctor.ts';

/** Reaches for every configured target; keeps nothing. */
export async function checkTargets(settings: CountersignSettings, now: () => Date): Promise<Finding[]> {
  const nothingKept = { load: async () => undefined, save: async () => undefined };
  const targets = openTargets(settings.targets, { auditCheckpoints: nothingKept, now });
  try {
    const unserved = targets.offers.filter(({ kinds }) => kinds.length === 0);
    const checked = await targets.check();
    return [
      ...checked.flatMap(({ name, checks }) =>
        checks.map(({ status, detail, fix, ...check }) => ({
          what: `${name}: ${check.name}`,
          status,
          detail,
          fix,
        })),
      ),
      ...unserved.map(
        ({ name }): Finding => ({
          what: name,
          status: 'warning',
          detail: 'serves no command',
          fix: `Give targets.${name} what it can serve, e.g. databaseUrl and audit.`,
        }),
      ),
    ];
  } finally {
    await targets.close();
  }
}
