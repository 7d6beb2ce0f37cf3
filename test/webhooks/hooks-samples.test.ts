import { expect, it, onTestFinished } from 'vitest';
import type { SourceSettings } from '../../src/core/alerts/alert-settings.ts';
import { Secret } from '../../src/core/secret.ts';
import { listen } from '../../src/http/server.ts';
import { hooks, type StoredDelivery } from '../../src/webhooks/hooks.ts';
import type { SourceKind } from '../../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';
import { type SampleSource, sampleSources } from './sample-sources.ts';
import { bodiesIn, readSample, type Sample } from './samples.ts';

const kinds = loadSourceKinds();
const urlSecret = new Secret('URL', 'url-secret-for-tests');

const samples = Object.entries(sampleSources).flatMap(([folder, { besides = [] }]) =>
  bodiesIn(folder)
    .filter((file) => !besides.includes(file))
    .map((file) => [folder, file.replace(/\.[^.]+$/, '')] as const),
);

function settingsOf(sample: Sample, { kind, options }: SampleSource, of: SourceKind): SourceSettings {
  return {
    kind,
    secrets: sample.secrets,
    urlSecrets: sample.secrets.length === 0 ? [urlSecret] : [],
    silenceSeverity: 'high',
    limits: { bytes: of.limitBytes ?? 1_000_000, perMinute: 600, waiting: 10 },
    options: of.options.parse(options?.(sample) ?? {}),
  };
}

it.each(samples)(
  '%s/%s is taken over HTTP, and what is stored of it reads the same',
  async (folder, name) => {
    const sample = readSample(folder, name);
    const kind = kinds.get(sampleSources[folder]!.kind)!;
    const settings = settingsOf(sample, sampleSources[folder]!, kind);
    const stored: StoredDelivery[] = [];
    const faults: unknown[] = [];
    const handler = hooks({
      sources: () => ({ [folder]: settings }),
      kinds,
      store: async (delivery) => {
        stored.push(delivery);
        return 'stored';
      },
      onRefused: ({ why }) => faults.push(why),
      onFault: (error) => faults.push(error),
      now: () => sample.delivery.receivedAt,
    });
    const server = await listen(
      {},
      {
        port: 0,
        host: '127.0.0.1',
        prefixes: { '/hooks/': handler },
        onFault: (error) => faults.push(error),
      },
    );
    onTestFinished(() => server.close());
    const secretPath = sample.secrets.length === 0 ? `/${urlSecret.reveal()}` : '';
    const { 'content-length': _, host: __, ...headers } = sample.delivery.headers;
    const response = await fetch(`http://127.0.0.1:${server.port}/hooks/${folder}${secretPath}`, {
      method: sample.delivery.method,
      headers,
      body: sample.delivery.body as never,
    });
    expect([response.status, faults]).toEqual([202, []]);

    const [delivery] = stored;
    expect(JSON.stringify(delivery)).not.toContain(sample.secrets[0]?.reveal() ?? urlSecret.reveal());
    const source = { name: folder, secrets: settings.secrets, options: settings.options };
    const again = kind.parse(JSON.parse(delivery!.delivery.body.toString()), delivery!.delivery, source);
    expect(again).toEqual(kind.parse(sample.json, sample.delivery, source));
    expect(delivery?.deliveryId).toBe(again.deliveryId);
  },
);
