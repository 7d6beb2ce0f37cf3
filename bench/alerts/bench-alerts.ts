import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { type Figure, printFigures } from '../figures.ts';
import { alertmanagerVersion } from './alertmanager.ts';
import { benchIngestion } from './ingestion.ts';
import { benchOneCard } from './one-card.ts';
import { benchStorm, theStorm } from './storm.ts';
import { benchStormPeer } from './storm-peer.ts';

/** Enough for its default group_interval of 5 minutes to come round once after the storm. */
const peerWaitMilliseconds = 400_000;

/**
 * Alerts: how fast they are taken in, how soon one is seen, and what a storm looks like in Slack, beside Alertmanager's own
 * Slack notifier. Prints each part when it is there: the whole takes about ten minutes, most of it Alertmanager's pauses.
 *
 * @param options.batches of a hundred alerts, in each round. Default 600.
 * @param options.hasPeers false leaves Alertmanager out.
 */
export async function benchAlerts(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly rounds: number;
  readonly batches?: number;
  readonly hasPeers?: boolean;
}): Promise<void> {
  const { batches = 600, hasPeers = true, dataDir } = options;
  const print = (title: string, figures: readonly Figure[]) => printFigures(`Alerts: ${title}`, figures);
  print('ingestion, batches of 100', await benchIngestion({ ...options, batches }));
  print('one alert, a new group', await benchOneCard({ ...options, samples: 50 }));
  const groups = theStorm();
  print('a storm of 10,000 over 50 groups in 60 s', await benchStorm({ ...options, groups }));
  const version = hasPeers ? await alertmanagerVersion() : undefined;
  if (version === undefined) {
    console.log('\nAlerts: Alertmanager is not measured: apt-get install prometheus-alertmanager');
    return;
  }
  console.log(`\nBeside it: ${version}, its own Slack notifier, the same storm`);
  // Side by side: they wait most of the time, and each has a Slack of its own.
  const [fast, usual] = await Promise.all(
    ['  group_wait: 0s\n  group_interval: 1s', ''].map((grouping, index) =>
      benchStormPeer({
        dataDir,
        name: `alertmanager-${index}`,
        grouping,
        groups,
        waitMilliseconds: peerWaitMilliseconds,
      }),
    ),
  );
  print('the storm by Alertmanager, group_wait 0s, group_interval 1s', fast!);
  print('the storm by Alertmanager, its default grouping times', usual!);
}
