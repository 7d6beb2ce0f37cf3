import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cleanParsed } from '../../src/core/alerts/clean-signal.ts';
import { Secret } from '../../src/core/secret.ts';
import type { SourceIdentity, SourceKind } from '../../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';
import { notReceived, sampleSources } from './sample-sources.ts';
import { bodiesIn, readSample, type Sample, sampleFolders } from './samples.ts';

test('every folder of samples belongs to a source, or is named as one that is not received', () => {
  expect(sampleFolders().sort()).toEqual([...Object.keys(sampleSources), ...notReceived].sort());
});

test('every kind of source has samples', () => {
  const sampled = new Set(Object.values(sampleSources).map(({ kind }) => kind));
  const kinds = [...loadSourceKinds().keys()];
  // What a generic source sends, its settings say.
  expect([...sampled, 'generic'].sort()).toEqual(kinds.sort());
});

for (const [folder, { kind: kindName, options, besides = [] }] of Object.entries(sampleSources)) {
  const bodies = bodiesIn(folder).filter((file) => !besides.includes(file));

  test(`${folder} has samples, and every file that is no delivery is named`, () => {
    expect(bodies.length).toBeGreaterThan(0);
    for (const file of besides) expect(bodiesIn(folder)).toContain(file);
  });

  describe.each(bodies.map((file) => file.replace(/\.[^.]+$/, '')))(`${folder}/%s`, (name) => {
    const kind = kindNamed(kindName);
    const sample = readSample(folder, name);
    const source: SourceIdentity<unknown> = {
      name: folder,
      secrets: sample.secrets,
      options: kind.options.parse(options?.(sample) ?? {}),
    };

    test('is the bytes that were signed', () => {
      const digest = createHash('sha256').update(sample.delivery.body).digest('hex');
      expect(digest).toBe(sample.description.bodySha256);
    });

    test('is sent by a method that is taken', () => {
      expect(kind.methods ?? ['POST']).toContain(sample.delivery.method);
    });

    if (sample.secrets.length === 0) {
      test('proves nothing, and says so', () => {
        expect(kind.verify(sample.delivery, source)).toEqual({ kind: 'unsigned' });
      });
    } else {
      test('is proven by its secret', () => {
        expect(kind.verify(sample.delivery, source)).toEqual({ kind: 'proven' });
      });

      test('is proven by each of its secrets during a rotation, and by no other one', () => {
        const other = new Secret('OTHER', 'another-secret-for-tests');
        for (const secret of sample.secrets) {
          expect(kind.verify(sample.delivery, { ...source, secrets: [other, secret] }).kind).toBe('proven');
        }
        expect(kind.verify(sample.delivery, { ...source, secrets: [other] }).kind).toBe('refused');
      });

      test('is refused without the header that proves it', () => {
        expect(kind.verify(withoutProof(sample), source).kind).toBe('refused');
      });
    }

    if (sample.description.auth.scheme.startsWith('hmac')) {
      test('is refused with one bit of its body turned', () => {
        for (const at of [0, Math.floor(sample.delivery.body.length / 2), sample.delivery.body.length - 1]) {
          const body = Buffer.from(sample.delivery.body);
          body[at]! ^= 1;
          expect(kind.verify({ ...sample.delivery, body }, source).kind).toBe('refused');
        }
      });
    }

    test('means what its golden file says', async () => {
      const parsed = cleanParsed(kind.parse(sample.json, sample.delivery, source));
      await expect(`${JSON.stringify(parsed, null, 2)}\n`).toMatchFileSnapshot(
        `../golden/webhooks/${folder}/${name}.json`,
      );
    });
  });
}

function kindNamed(name: string): SourceKind {
  const kind = loadSourceKinds().get(name);
  if (kind === undefined) throw new Error(`"${name}" is not among the kinds of source-kinds.ts`);
  return kind;
}

function withoutProof({ delivery, description: { auth } }: Sample) {
  const proof = (auth.signatureHeader ?? auth.header ?? 'authorization').toLowerCase();
  const headers = Object.fromEntries(Object.entries(delivery.headers).filter(([name]) => name !== proof));
  return { ...delivery, headers };
}
