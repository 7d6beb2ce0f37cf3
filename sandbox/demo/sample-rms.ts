import { randomBytes } from 'node:crypto';
import { type Rms, startRms } from '../targets/rms/server.ts';

/** One sample system for each environment; going back a release is another matter in each. */
const environments = {
  production: { prefix: 'RMS', database: 'rms', situation: 'same_schema' },
  staging: { prefix: 'RMS_STAGING', database: 'rms_staging', situation: 'compatible' },
  canary: { prefix: 'RMS_CANARY', database: 'rms_canary', situation: 'incompatible' },
} as const;

/** Starts them on databases of their own; `variables` say to the settings where they are. */
export async function startSampleRms(
  createDatabase: (name: string) => Promise<{ readonly url: string }>,
  undo: (() => Promise<unknown>)[],
): Promise<{ readonly production: Rms; readonly variables: Record<string, string> }> {
  const variables: Record<string, string> = { RMS_SMTP_PASSWORD: randomBytes(12).toString('hex') };
  const started: Rms[] = [];
  for (const { prefix, database, situation } of Object.values(environments)) {
    const { url } = await createDatabase(database);
    const rms = await startRms({ databaseUrl: url, token: randomBytes(24).toString('hex'), situation });
    undo.push(() => rms.close());
    started.push(rms);
    variables[`${prefix}_URL`] = rms.url;
    variables[`${prefix}_WORKER_URL`] = rms.workerUrl;
    variables[`${prefix}_TOKEN`] = rms.token;
  }
  return { production: started[0]!, variables };
}
