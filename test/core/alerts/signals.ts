/** Signals and groups as plain values, for what decides without a database. */
import {
  type FoldContext,
  foldSignal,
  type GroupChange,
  type GroupFold,
  settleFold,
} from '../../../src/core/alerts/fold-group.ts';
import type { StateSignal } from '../../../src/core/alerts/fold-member.ts';
import type { Member, StoredGroup } from '../../../src/core/alerts/group.ts';

/** Minutes after an hour everything here happens in. */
export const minute = (count: number) => new Date(Date.UTC(2026, 10, 20, 12) + count * 60_000);

export function signal(changes: Partial<StateSignal> = {}): StateSignal {
  return {
    status: 'firing',
    groupKey: 'checkout',
    fingerprint: 'one',
    severity: 'warning',
    title: 'Checkout is slow',
    labels: {},
    links: [],
    ...changes,
  };
}

export const resolved = (changes: Partial<StateSignal> = {}) => signal({ status: 'resolved', ...changes });

type Settings = FoldContext['settings'];

/** One group, told of one delivery after another. */
export function groupLife(settings: Partial<Settings> = {}) {
  let group: StoredGroup | undefined;
  let ids = 0;
  const members = new Map<string, Member>();
  return {
    members,
    /** Changes what is stored, as a person's act does. */
    change: (changes: Partial<StoredGroup>): void => {
      group = { ...group!, ...changes };
    },
    hear: (
      at: Date,
      signals: readonly StateSignal[],
      truncated?: number,
    ): GroupChange & { retired: StoredGroup | undefined } => {
      const context: FoldContext = {
        at,
        settings: {
          routes: [],
          flapping: { changes: 4, withinMinutes: 10 },
          reopenWithinMinutes: 720,
          ...settings,
        },
        channel: 'C0ALERTS',
        newGroupId: () => {
          ids += 1;
          return `g-${ids}`;
        },
      };
      const fold: GroupFold = {
        workspaceId: 'T1',
        source: 'alertmanager',
        key: 'checkout',
        before: group,
        group,
        retired: undefined,
        isVisible: false,
        begunAnew: new Set(),
      };
      for (const one of signals) {
        const { member } = foldSignal(
          fold,
          one,
          members.get(`${fold.group?.id} ${one.fingerprint}`),
          context,
        );
        if (member !== undefined && fold.group !== undefined)
          members.set(`${fold.group.id} ${one.fingerprint}`, member);
      }
      const change = settleFold(fold, context, truncated);
      if (change === undefined) throw new Error('Nothing of it was known');
      group = change.after;
      return { ...change, retired: fold.retired };
    },
  };
}
