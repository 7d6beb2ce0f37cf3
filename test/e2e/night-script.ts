import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a night may cost, whatever happens to the bot and to Slack meanwhile. */
export const mostMessages = 8;
export const mostPings = 3;
export const mostTaps = 8;
/** From when monitoring sends to when a phone rings. */
export const pingWithinMilliseconds = 5_000;

/** Of the 240 that failed three had been delivered after all, and four mailboxes are full. */
export const emailsSent = 233;

const readme = join(import.meta.dirname, '../../README.md');

/** The lines of the night that the README plays, as they stand there. */
export async function nightOfReadme(): Promise<string[]> {
  const blocks = (await readFile(readme, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g);
  const commands = [...blocks].flatMap(([, block = '']) => block.replace(/\\\n/g, ' ').split('\n'));
  const night = commands.find((command) => command.includes('alert email-outage'));
  const lines = [...(night ?? '').matchAll(/--say "([^"]*)"/g)].map(([, line = '']) => line);
  if (lines.length === 0) throw new Error('The README plays no night that begins with "alert email-outage"');
  return lines;
}
