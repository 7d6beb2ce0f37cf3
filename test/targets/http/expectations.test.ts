import { describe, expect, it } from 'vitest';
import { answeringServer, json } from './answering-server.ts';
import { openRms, readRms } from './open-rms.ts';

const queue = (expected: string, parameters = '') =>
  `operations:
  queue-status:
    method: GET
    path: /api/queues/{{queue}}
    risk: read
    parameters: { queue: {}, ${parameters} }
    expect: ${expected}`;

async function findings(
  answer: object,
  expected: string,
  typed: Record<string, string> = {},
  parameters = '',
) {
  const server = await answeringServer(json(200, answer));
  const { operations } = openRms(server.url, queue(expected, parameters)).client('operations', 'rms');
  return (await operations.read('queue-status', { queue: 'email', ...typed })).findings;
}

describe('what a read is expected to answer', () => {
  it.each<[string, object, string, 'yes' | 'no' | 'unclear', string]>([
    ['{ /dryRun: false }', { dryRun: false }, 'a value', 'yes', '/dryRun is false'],
    ['{ /dryRun: false }', { dryRun: true }, 'another value', 'no', '/dryRun is true, expected false'],
    ['{ /dryRun: false }', {}, 'no value', 'unclear', '/dryRun is not there, expected false'],
    ['{ /error: null }', { error: null }, 'null', 'yes', '/error is null'],
    [
      '{ /error: null }',
      {},
      'nothing where null is expected',
      'unclear',
      '/error is not there, expected null',
    ],
    ['{ jobs.0.ok: true }', { jobs: [{ ok: true }] }, 'a dotted path', 'yes', 'jobs.0.ok is true'],
    [
      '{ /depth: { max: 100 } }',
      { depth: 100 },
      'the bound itself',
      'yes',
      '/depth is 100, expected at most 100',
    ],
    ['{ /depth: { max: 100 } }', { depth: 101 }, 'too much', 'no', '/depth is 101, expected at most 100'],
    ['{ /rate: { min: 0.95 } }', { rate: 0.9 }, 'too little', 'no', '/rate is 0.9, expected at least 0.95'],
    ['{ /a: { min: 1, max: 2 } }', { a: 3 }, 'outside', 'no', '/a is 3, expected at least 1 and at most 2'],
    ['{ /depth: { max: 100 } }', { depth: '7' }, 'text', 'unclear', '/depth is "7", expected at most 100'],
    ['{ /depth: { max: 100 } }', { depth: null }, 'null', 'unclear', '/depth is null, expected at most 100'],
    ['{ /depth: { max: 100 } }', {}, 'no number', 'unclear', '/depth is not there, expected at most 100'],
    [
      '{ /a: { max: 1, of: 2 } }',
      { a: { max: 1, of: 2 } },
      'what only looks like bounds',
      'yes',
      '/a is {"max":1,"of":2}',
    ],
    ['{ /name: "{{queue}}" }', { name: 'email' }, 'a parameter', 'yes', '/name is "email"'],
  ])('%s of %j: %s', async (expected, answer, _, holds, sentence) => {
    expect(await findings(answer, expected)).toEqual([{ holds, sentence }]);
  });

  it('takes bounds from the parameters, and asks nothing of those left out', async () => {
    const asked = [
      { depth: 5 },
      '{ /depth: { max: "{{max}}", min: "{{min}}" } }',
      {},
      'max: { type: integer, required: false }, min: { type: integer, default: 1 }',
    ] as const;
    expect(await findings(asked[0], asked[1], {}, asked[3])).toMatchObject([
      { holds: 'yes', sentence: '/depth is 5, expected at least 1' },
    ]);
    expect(await findings(asked[0], asked[1], { max: '4' }, asked[3])).toMatchObject([{ holds: 'no' }]);
    const onlyMax = '{ /depth: { max: "{{max}}" } }';
    expect(await findings(asked[0], onlyMax, {}, 'max: { type: integer, required: false }')).toEqual([]);
    expect(
      await findings({ level: 'info' }, '{ /level: "{{level}}" }', {}, 'level: { required: false }'),
    ).toEqual([]);
  });

  it('judges a secret as it came, and never tells it', async () => {
    const server = await answeringServer(json(200, { password: 'hunter2-hunter2' }));
    const { operations } = openRms(server.url, queue('{ /password: env:SMTP_PASS }')).client(
      'operations',
      'rms',
    );
    const reading = await operations.read('queue-status', { queue: 'email' });
    expect(reading.findings).toMatchObject([{ holds: 'no' }]);
    expect(JSON.stringify(reading)).not.toContain('smtp-s3cret-9');
    expect(JSON.stringify(reading)).not.toContain('hunter2');
  });

  it.each([
    ['{}', 'expects nothing'],
    ['{ /depth: { max: "many" } }', 'neither a number nor one {{parameter}}'],
    ['{ /depth: { max: "{{queue}}" } }', 'neither a number nor one {{parameter}}'],
    ['{ /depth: { max: env:SMTP_PASS } }', 'neither a number nor one {{parameter}}'],
    ['{ /depth: { min: 3, max: 2 } }', 'its min is greater than its max'],
  ])('refuses the settings %s', (expected, message) => {
    expect(() => readRms('http://127.0.0.1:1', queue(expected))).toThrow(message);
  });

  it.each([
    ['{ method: POST, path: /x, risk: change, expect: { /a: 1 } }', 'judges the answer of a read'],
    ['{ method: HEAD, path: /x, risk: read, expect: { /a: 1 } }', 'has no body'],
  ])('refuses it where nothing is read: %s', (operation, message) => {
    expect(() => readRms('http://127.0.0.1:1', `operations:\n  x: ${operation}`)).toThrow(message);
  });
});
