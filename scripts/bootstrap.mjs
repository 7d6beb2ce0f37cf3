#!/usr/bin/env node
// Every npm script starts here: `node scripts/bootstrap.mjs <entry.ts> [arguments…]`.
// Plain JavaScript without packages, because it runs on whatever Node the machine has and before anything is
// installed. It brings the packages up to date, then runs the entry with a Node that can.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringPackagesUpToDate } from './bootstrap/install.mjs';
import { chooseNode } from './bootstrap/node.mjs';
import { runEntry } from './bootstrap/run-entry.mjs';
import { Stop } from './bootstrap/stop.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  const [entry, ...args] = process.argv.slice(2);
  if (entry === undefined) throw new Stop('Usage: node scripts/bootstrap.mjs <entry.ts> [arguments…]');
  // The demo and the tests use development packages; the bot itself runs on an `npm ci --omit=dev`.
  const needsDevelopmentPackages = entry !== 'src/cli.ts' || args[0] === 'demo';
  await bringPackagesUpToDate(root, { needsDevelopmentPackages });
  await runEntry(chooseNode(root, { mayInstall: true }), resolve(root, entry), args);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
