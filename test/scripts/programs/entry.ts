/** What bootstrap runs in its tests; with types in it, so that only a Node that strips them can. */
const [mode, ...rest]: string[] = process.argv.slice(2);

const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
if (mode === 'count') {
  for (const signal of signals) process.on(signal, () => console.log(`got ${signal}`));
  // SIGUSR2 asks for the end, after whatever was on its way; or the test itself is gone.
  process.on('SIGUSR2', () => process.exit(0));
  process.stdin.resume().once('end', () => process.exit(0));
}
// Says that it is ready, so it comes after the handlers.
console.log(JSON.stringify({ pid: process.pid, arguments: rest, node: process.version }));
if (mode === 'exit') process.exitCode = Number(rest[0]);
if (mode === 'echo') process.stdin.pipe(process.stdout);
if (mode === 'die') process.kill(process.pid, 'SIGKILL');
