import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Secret } from '../../src/core/secret.ts';
import type { RawDelivery } from '../../src/webhooks/source-kind.ts';

export const samplesFolder = fileURLToPath(new URL('../fixtures/webhooks/', import.meta.url));

const described = z.object({
  method: z.string(),
  bodyFile: z.string(),
  bodySha256: z.string(),
  headers: z.record(z.string(), z.string()),
  auth: z.object({
    scheme: z.string(),
    secret: z.string().optional(),
    secrets: z.array(z.string()).optional(),
    signatureHeader: z.string().optional(),
    timestampHeader: z.string().optional(),
    header: z.string().optional(),
  }),
});

export interface Sample {
  readonly folder: string;
  readonly name: string;
  readonly description: z.infer<typeof described>;
  readonly delivery: RawDelivery;
  /** What the sender proved itself with; none where it cannot. */
  readonly secrets: readonly Secret[];
  readonly json: unknown;
}

/** The clock where the samples give none. */
const morning = new Date('2026-03-02T09:45:00Z');

/** One delivery from `test/fixtures/webhooks/`, received three seconds after it was signed. */
export function readSample(folder: string, name: string): Sample {
  const place = join(samplesFolder, folder);
  const description = described.parse(JSON.parse(readFileSync(join(place, `${name}.headers.json`), 'utf8')));
  const body = readFileSync(join(place, description.bodyFile));
  const headers = Object.fromEntries(
    Object.entries(description.headers).map(([header, value]) => [header.toLowerCase(), value]),
  );
  const { auth } = description;
  const signedAt = Number(headers[(auth.timestampHeader ?? 'sentry-hook-timestamp').toLowerCase()]);
  const receivedAt = Number.isNaN(signedAt) ? morning : new Date((signedAt + 3) * 1000);
  const secrets = [auth.secret, ...(auth.secrets ?? [])].filter((secret) => secret !== undefined);
  return {
    folder,
    name,
    description,
    delivery: { method: description.method, headers, body, receivedAt },
    secrets: [...new Set(secrets)].map((secret) => new Secret('SAMPLE_SECRET', secret)),
    json: description.bodyFile.endsWith('.json') ? JSON.parse(body.toString('utf8')) : undefined,
  };
}

/** Every body in a folder, with or without headers beside it. */
export function bodiesIn(folder: string): string[] {
  return readdirSync(join(samplesFolder, folder)).filter((file) => !file.endsWith('.headers.json'));
}

export function sampleFolders(): string[] {
  return readdirSync(samplesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
