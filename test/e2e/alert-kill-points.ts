import type { Change } from './held-commits.ts';

/** Moments in the life of a group of alerts. */
export const groupChanges = {
  opened: { table: 'countersign.alert_groups', on: 'INSERT', when: 'true' },
  worse: group(`OLD.severity = 'warning' AND NEW.severity = 'critical'`),
  acknowledged: group(
    `OLD.state_data->>'acknowledgedBy' IS NULL AND NEW.state_data->>'acknowledgedBy' IS NOT NULL`,
  ),
  escalated: group(`OLD.state_data->>'escalatedAt' IS NULL AND NEW.state_data->>'escalatedAt' IS NOT NULL`),
  resolved: group(`OLD.state = 'firing' AND NEW.state = 'resolved'`),
} satisfies Record<string, Change>;

function group(when: string): Change {
  return { table: 'countersign.alert_groups', on: 'UPDATE', when };
}

/** Both sides of a post to Slack: right before the call leaves, and when its answer is written down. */
export const messageChanges = {
  begins: (like: string): Change => ({
    table: 'countersign.messages',
    on: 'UPDATE',
    when: `NEW.id LIKE '${like}' AND NEW.ts IS NULL AND OLD.claim IS NULL AND NEW.claim IS NOT NULL`,
  }),
  known: (like: string): Change => ({
    table: 'countersign.messages',
    on: 'UPDATE',
    when: `NEW.id LIKE '${like}' AND OLD.ts IS NULL AND NEW.ts IS NOT NULL`,
  }),
  /** An edit is written down. */
  shown: (like: string): Change => ({
    table: 'countersign.messages',
    on: 'UPDATE',
    when: `NEW.id LIKE '${like}' AND OLD.ts IS NOT NULL AND NEW.sent > OLD.sent`,
  }),
};

type Action = 'trigger' | 'acknowledge' | 'resolve';

/** Both sides of a call to PagerDuty. */
export const pageChanges = {
  begins: (action: Action): Change => page(action, 'NEW.attempts > OLD.attempts'),
  known: (action: Action): Change => page(action, 'OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL'),
};

function page(action: Action, when: string): Change {
  return { table: 'countersign.pages', on: 'UPDATE', when: `NEW.action = '${action}' AND ${when}` };
}
