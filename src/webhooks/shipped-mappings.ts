import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readYaml } from '../config/yaml-source.ts';
import { Fault } from '../core/errors.ts';
import { mappedKind } from './generic.ts';
import { mappingSchema } from './mapping-schema.ts';
import type { SourceKind } from './source-kind.ts';

/** One file each in `mappings/`. */
export const shippedMappings = ['datadog', 'uptime-kuma', 'uptimerobot'] as const;

const shippedSchema = z.strictObject({
  tooMany: z.literal([503, 429]).optional(),
  header: z.string().optional(),
  mapping: z.record(z.string(), z.unknown()),
});

/**
 * The kinds whose words are in a file instead of in code.
 * @throws Fault when one of the files is broken.
 */
export function loadShippedMappings(): readonly SourceKind[] {
  return shippedMappings.map((kind) => {
    const file = `mappings/${kind}.yaml`;
    const { data, problems, placeOf } = readYaml(
      readFileSync(new URL(`./${file}`, import.meta.url), 'utf8'),
      file,
    );
    if (problems.length > 0) throw broken(problems.map(({ place, message }) => `${place} ${message}`));
    const shipped = shippedSchema.safeParse(data);
    if (!shipped.success) {
      throw broken(shipped.error.issues.map(({ path, message }) => `${placeOf(path)} ${message}`));
    }
    const mapping = mappingSchema.safeParse(shipped.data.mapping);
    if (!mapping.success) {
      throw broken(
        mapping.error.issues.map(({ path, message }) => `${placeOf(['mapping', ...path])} ${message}`),
      );
    }
    return mappedKind(kind, shipped.data) as SourceKind;
  });
}

function broken(problems: readonly string[]): Fault {
  return new Fault(
    'broken_mapping',
    `A shipped mapping is broken, reinstall Countersign or undo your change: ${problems.join('; ')}`,
  );
}
