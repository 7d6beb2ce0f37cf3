import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processIdentity } from '../../src/postgres/embedded/process-identity.ts';
import { until } from '../support/until.ts';
import { makeCheckout, type Running } from './checkout.ts';

const ENTRY = join(import.meta.dirname, 'programs', 'entry.ts');
const LOCK = { 'node_modules/pg': { version: '8.0.0' } };

describe('bootstrap with nothing to install', () => {
  const checkout = () => makeCheckout({ wanted: LOCK, installed: LOCK });

  it('passes on arguments, input, output and the exit code, and calls no npm', async () => {
    const { bootstrap, npmCalls } = checkout();
    const { stdout, code } = await bootstrap(ENTRY, ['exit', '7', '--flag', 'two words']).ended;
    expect(JSON.parse(stdout)).toMatchObject({ arguments: ['7', '--flag', 'two words'] });
    expect(code).toBe(7);
    const echo = bootstrap(ENTRY, ['echo']);
    echo.child.stdin.end('typed');
    expect((await echo.ended).stdout).toMatch(/typed$/);
    expect(npmCalls()).toEqual([]);
  });

  it('ends by the signal that ended the entry', async () => {
    expect(await checkout().bootstrap(ENTRY, ['die']).ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('runs the Node that the package "node" brought', async () => {
    const { bootstrap, pinNode, root } = checkout();
    pinNode();
    const entry = join(root, 'which.ts');
    writeFileSync(entry, 'console.log(process.argv0);');
    const { stdout } = await bootstrap(entry).ended;
    expect(stdout.trim()).toBe(join(root, 'node_modules', 'node', 'bin', 'node'));
  });

  it.each([
    ['to bootstrap alone', (pid: number) => process.kill(pid, 'SIGINT')],
    ['to its whole group, as Ctrl-C does', (pid: number) => process.kill(-pid, 'SIGINT')],
    [
      'to both, as npm and timeout do',
      (pid: number) => {
        process.kill(pid, 'SIGINT');
        process.kill(-pid, 'SIGINT');
      },
    ],
  ])('passes on a signal once when it was sent %s', async (_way, send) => {
    const run = checkout().bootstrap(ENTRY, ['count']);
    const entryPid = await startedEntry(run);
    send(run.child.pid ?? 0);
    await until(() => run.output().includes('got SIGINT'));
    // Passed on in order, so a second SIGINT would be seen before this.
    process.kill(run.child.pid ?? 0, 'SIGTERM');
    await until(() => run.output().includes('got SIGTERM'));
    process.kill(entryPid, 'SIGUSR2');
    const { stdout, code } = await run.ended;
    expect(code).toBe(0);
    expect(stdout.match(/got \w+/g)).toEqual(['got SIGINT', 'got SIGTERM']);
  });

  it('passes on SIGHUP, which reloads the configuration', async () => {
    const run = checkout().bootstrap(ENTRY, ['count']);
    await startedEntry(run);
    process.kill(run.child.pid ?? 0, 'SIGHUP');
    await until(() => run.output().includes('got SIGHUP'));
  });

  it('has its entry stop when it is killed itself', async () => {
    const run = checkout().bootstrap(ENTRY, ['echo', 'stay']);
    const pid = await startedEntry(run);
    run.child.kill('SIGKILL');
    await until(() => processIdentity(pid) === undefined);
  });
});

describe('bootstrap with packages to install', () => {
  it.each([
    ['nothing is installed', undefined],
    ['"node_modules/pg" is missing', {}],
    ['"node_modules/pg" is 7.0.0, not 8.0.0', { 'node_modules/pg': { version: '7.0.0' } }],
  ])('installs them once: %s', async (reason, installed) => {
    const { bootstrap, npmCalls } = makeCheckout({ wanted: LOCK, ...(installed ? { installed } : {}) });
    const { stderr, code } = await bootstrap(ENTRY, ['exit', '0']).ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`Installing packages (${reason})`);
    await bootstrap(ENTRY, ['exit', '0']).ended;
    expect(npmCalls()).toEqual([expect.stringMatching(/^ci /)]);
  });

  it('lets one of several starts install while the others wait', async () => {
    const { bootstrap, npmCalls } = makeCheckout({ wanted: LOCK });
    const runs = await Promise.all([1, 2, 3].map(() => bootstrap(ENTRY, ['exit', '0']).ended));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(npmCalls()).toHaveLength(1);
  });

  it('takes over the lock of an installation that was killed', async () => {
    const { bootstrap, npmCalls, writeNpm } = makeCheckout({ wanted: LOCK });
    writeNpm('kill -9 $PPID; exit 1');
    await bootstrap(ENTRY, ['exit', '0']).ended;
    writeNpm('mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json');
    expect((await bootstrap(ENTRY, ['exit', '0']).ended).code).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  });

  it('shows why npm failed, without its usage, and what to do', async () => {
    const { bootstrap, writeNpm, root } = makeCheckout({ wanted: LOCK });
    writeNpm(
      'echo "npm warn noise" >&2; echo "npm error network getaddrinfo ENOTFOUND registry" >&2; for i in $(seq 40); do echo "npm error   --usage" >&2; done; exit 1',
    );
    const { stderr, stdout, code } = await bootstrap(ENTRY, ['exit', '0']).ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('"npm ci" failed (exit 1)');
    expect(stderr).toContain('npm error network getaddrinfo ENOTFOUND registry');
    expect(stderr).toContain(`cd "${root}" && npm ci`);
    expect(stderr).not.toContain('noise');
  });

  it('does not ask for packages of other machines, nor for development ones to run the bot', async () => {
    const wanted = {
      ...LOCK,
      'node_modules/other-machine': { version: '1.0.0', optional: true as const },
      'node_modules/vitest': { version: '5.0.0', dev: true as const },
    };
    const { bootstrap, npmCalls } = makeCheckout({ wanted, installed: LOCK });
    // There is no src/cli.ts here: the entry fails, after the check that matters.
    await bootstrap('src/cli.ts', ['start']).ended;
    expect(npmCalls()).toEqual([]);
    await bootstrap('src/cli.ts', ['demo']).ended;
    expect(npmCalls()).toHaveLength(1);
  });
});

async function startedEntry({ output }: Running): Promise<number> {
  await until(() => output().includes('\n'));
  return JSON.parse(output().split('\n')[0] ?? '').pid as number;
}
