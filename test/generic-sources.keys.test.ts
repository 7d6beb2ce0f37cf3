import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keysAt } from '../src/config/known-keys.ts';
import { generic } from '../src/webhooks/generic.ts';
import { mappingSchema } from '../src/webhooks/mapping-schema.ts';

const page = await readFile(join(resolve(import.meta.dirname, '..'), 'docs/generic-sources.md'), 'utf8');

describe('the tables of docs/generic-sources.md', () => {
  const fields = keysAt(mappingSchema, ['cases', 0], { cases: [{}] }).filter(
    (key) => key !== 'when' && key !== 'ignore',
  );
  const nested = (...keys: string[]) =>
    keys.flatMap((key) => {
      const given = key === 'cases' ? [{}] : {};
      const where = key === 'cases' ? [key, 0] : [key];
      return keysAt(mappingSchema, where, { [key]: given }).map((one) => `${key}.${one}`);
    });
  const proofs = keysAt(generic.options, [], {}).filter((key) => key !== 'mapping' && key !== 'signature');
  const signature = keysAt(generic.options, ['signature'], { signature: {} }).map(
    (one) => `signature.${one}`,
  );

  it.each([
    ['Pointers and texts', keysAt(mappingSchema, ['title'], { title: {} })],
    ['The body', Object.keys(mappingSchema.shape).filter((key) => !fields.includes(key))],
    ['One alert', fields],
    ['Status', nested('status')],
    ['Severity', nested('severity')],
    ['Times and order', keysAt(mappingSchema, ['startsAt'], { startsAt: {} })],
    ['Times and order', keysAt(mappingSchema, ['order'], { order: {} })],
    ['Cases', nested('cases').filter((key) => !fields.includes(key.slice('cases.'.length)))],
    ['How it proves itself', [...proofs, ...signature]],
  ])('list under "%s" the keys that there are', (heading, keys) => {
    expect(keys).not.toEqual([]);
    expect(
      rowsUnder(heading)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...keys].sort());
  });

  it('say of each key whether it is needed', () => {
    const whole = {
      signature: { header: 'X' },
      mapping: {
        key: { text: 'a' },
        title: { text: 'a' },
        status: { from: '/a' },
        severity: { from: '/a' },
        startsAt: { from: '/a' },
        order: { from: '/a' },
        cases: [{ when: { '/a': 1 } }],
      },
    };
    expect(generic.options.safeParse(whole).success).toBe(true);
    const at: Record<string, string[]> = {
      'Pointers and texts': ['mapping', 'title'],
      'The body': ['mapping'],
      'One alert': ['mapping'],
      Status: ['mapping'],
      Severity: ['mapping'],
      'Times and order': ['mapping', 'startsAt'],
      Cases: ['mapping'],
      'How it proves itself': [],
    };
    for (const [heading, where] of Object.entries(at)) {
      for (const { key, standard } of rowsUnder(heading)) {
        const path = [...where, ...key.replace('cases.', 'cases.0.').split('.')];
        const isNeeded = !generic.options.safeParse(without(whole, path)).success;
        expect(isNeeded, `${heading}: ${key}`).toBe(standard === 'needed');
      }
    }
  });

  it('say the default of each key that has one', () => {
    const least = { key: 'a', title: 'a', status: { from: '/a' }, severity: { from: '/a' } };
    const { mapping, ...proof } = generic.options.parse({
      signature: { header: 'X' },
      mapping: { ...least, startsAt: { from: '/a' }, order: { from: '/a' } },
    });
    const defaults = Object.fromEntries(
      ['The body', 'Status', 'Severity', 'How it proves itself'].flatMap((heading) =>
        rowsUnder(heading).flatMap(({ key, standard }) => {
          const [code, ...more] = codeIn(standard);
          return code === undefined || more.length > 0 ? [] : [[key, code]];
        }),
      ),
    );
    const { status, severity } = mapping as { status: object; severity: object };
    const real = Object.entries({ ...flat({ ...mapping, status, severity }), ...flat(proof) });
    const written = (value: unknown) =>
      typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
    expect(Object.keys(defaults).length).toBeGreaterThan(8);
    for (const [key, said] of Object.entries(defaults)) {
      expect([key, said]).toEqual([key, written(real.find(([name]) => name === key)?.[1])]);
    }
    expect([mapping.startsAt?.format, mapping.order?.format]).toEqual(
      codeIn(rowsUnder('Times and order').find(({ key }) => key === 'format')!.standard).filter(
        (word) => word !== 'order',
      ),
    );
  });

  it('list every format of a time', () => {
    const wrong = mappingSchema.safeParse({
      key: 'a',
      title: 'a',
      status: 'firing',
      order: { from: '/a', format: '' },
    });
    const known = /must be one of (.*)/.exec(wrong.error?.issues[0]?.message ?? '')?.[1]?.split(', ') ?? [];
    const said = rowsUnder('Times and order').find(({ key }) => key === 'format')!.what;
    expect(known).toContain('number');
    expect(
      codeIn(said)
        .filter((word) => word !== 'order')
        .sort(),
    ).toEqual(known.sort());
  });
});

/** The rows of the tables under a heading, up to the next heading. */
function rowsUnder(heading: string): { key: string; what: string; standard: string }[] {
  const [, section = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [own = ''] = section.split(/^#/m);
  return [...own.matchAll(/^\| `([\w.]+)` \| (.*) \| (.*) \|$/gm)].map(([, key, what, standard]) => ({
    key: key!,
    what: what!,
    standard: standard!,
  }));
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

/** A copy in which nothing stands at this path. */
function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (rest.length === 0) delete copy[key];
  else if (Object.hasOwn(copy, key)) copy[key] = without(copy[key], rest);
  return copy;
}

/** Of two levels, each key by its path as well. */
function flat(value: object): Record<string, unknown> {
  const inner = Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.entries(child).map(([name, one]: [string, unknown]) => [`${key}.${name}`, one])
      : [],
  );
  return { ...value, ...Object.fromEntries(inner) };
}
