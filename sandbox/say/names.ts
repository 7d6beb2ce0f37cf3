import type { Directory } from '../slack/directory.ts';

/** What ids are called, as people see them. */
export interface Names {
  /** Without the `@`. */
  user(id: string): string;
  /** Without the `#`. */
  channel(id: string): string;
  /** Without the `@`. */
  group(id: string): string;
}

export function namesIn(directory: Directory): Names {
  return {
    user: (id) => directory.user(id)?.name ?? id,
    channel: (id) => directory.conversation(id)?.name ?? id,
    group: (id) => directory.group(id)?.handle ?? id,
  };
}
