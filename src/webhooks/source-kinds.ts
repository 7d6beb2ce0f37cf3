import { alertmanager } from './alertmanager.ts';
import { generic } from './generic.ts';
import { genzi } from './genzi.ts';
import { github } from './github.ts';
import { grafana } from './grafana.ts';
import { pagerduty } from './pagerduty.ts';
import { sentry } from './sentry.ts';
import { loadShippedMappings } from './shipped-mappings.ts';
import type { SourceKind } from './source-kind.ts';

/** The kinds of monitoring source that have a file of code each. */
export const sourceKinds: readonly SourceKind[] = [alertmanager, grafana, sentry, github, pagerduty, genzi];

/**
 * Every kind that can be named under `alerts.sources`: those, the ones whose words are in a file, and `generic`.
 * @throws Fault when a shipped file is broken.
 */
export function loadSourceKinds(): ReadonlyMap<string, SourceKind> {
  const all = [...sourceKinds, ...loadShippedMappings(), generic as SourceKind];
  return new Map(all.map((kind) => [kind.kind, kind]));
}
