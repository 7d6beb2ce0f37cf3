/** The only place that reads the process's environment and the settings file. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigurationProblem } from './config/configuration-problem.ts';
import type { EnvironmentVariables } from './config/environment.ts';
import { readSettings, type Settings, type SettingsSource, type TargetSchemas } from './config/settings.ts';

/**
 * The process's environment over the `.env` file of `folder`, when there is one. What is set outside wins, as
 * everywhere; an empty value outside does too, so that a variable can be switched off for one start.
 */
export async function currentEnvironment(
  folder: string,
  outside: EnvironmentVariables = process.env,
): Promise<EnvironmentVariables> {
  const written = await maybeText(path.join(folder, '.env'));
  return written === undefined ? { ...outside } : { ...parseEnv(written), ...outside };
}

/** @throws ConfigurationProblem when the file is missing, cannot be read or is wrong. */
export async function loadSettings<Schemas extends TargetSchemas = Record<never, never>>(
  source: SettingsSource<Schemas>,
): Promise<Settings<Schemas>> {
  const text = await maybeText(source.file);
  if (text === undefined) {
    throw new ConfigurationProblem(`"${source.file}"`, [
      {
        place: source.file,
        message:
          'does not exist. Copy countersign.example.yaml there and fill it in, or name another file in COUNTERSIGN_CONFIG',
      },
    ]);
  }
  return readSettings(text, source);
}

/** Undefined when there is no such file. */
async function maybeText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigurationProblem(`"${file}"`, [
      { place: file, message: `cannot be read (${code}). Let this process read it` },
    ]);
  }
}
