#!/usr/bin/env node
// The package's command. Unlike the npm scripts it installs nothing: whoever installed the package did.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode } from '../scripts/bootstrap/node.mjs';
import { runEntry } from '../scripts/bootstrap/run-entry.mjs';
import { Stop } from '../scripts/bootstrap/stop.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  await runEntry(chooseNode(root, { mayInstall: false }), join(root, 'src', 'cli.ts'), process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
