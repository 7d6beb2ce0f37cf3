import type { ChainRecord } from './chain-record.ts';

/** A record among its links. Holds no reference to other records: one kept record must not keep all others. */
export interface Linked {
  readonly record: ChainRecord;
  /** Position in written order, from 0. */
  readonly position: number;
  hasChild: boolean;
  /** Id of the first sound record that names this one its parent. */
  soundChildId: string | undefined;
}

export interface LinkEvents {
  /** Two sound records name one parent (`parent` undefined: both begin the chain). */
  fork(child: Linked, siblingId: string, parent: ChainRecord | undefined): void;
  /** Sound parent, sound child, and the child is dated before its parent. */
  outOfOrder(child: Linked, parent: ChainRecord): void;
  /** Left the window before its parent came by. */
  parentNotSeen(child: Linked): void;
  /** Left the window before any child came by. */
  childNotSeen(parent: Linked): void;
}

/** An honest chain's parent is the record just before; concurrent writers and ties make it one of a few. */
const neighbours = 8;

export interface LinkWindow {
  add(record: ChainRecord): Linked;
  /** Everything leaves the window. */
  flush(): void;
  readonly roots: number;
  readonly hasSoundRoot: boolean;
  readonly records: number;
}

/**
 * Follows links among the last `size` records only, whatever the length of the chain: an honest chain is
 * written nearly in the order of its links, so almost every parent is found here without asking the database.
 * @param options.root the hash the first record names as its parent; undefined: the first record has none.
 */
export function createLinkWindow(options: {
  readonly size: number;
  readonly root: string | undefined;
  readonly events: LinkEvents;
}): LinkWindow {
  const { size, root, events } = options;
  const ring: (Linked | undefined)[] = new Array<Linked | undefined>(size).fill(undefined);
  const waiting = new Map<string, Linked[]>();
  /** The window by hash; built when a parent is not among the last few, dropped when none was asked for. */
  let byHash: Map<string, Linked> | undefined;
  let lastAskedAt = 0;
  let records = 0;
  let roots = 0;
  let firstRootId: string | undefined;

  const attach = (parent: Linked, child: Linked): void => {
    parent.hasChild = true;
    if (!child.record.isSound) return;
    if (parent.soundChildId !== undefined) events.fork(child, parent.soundChildId, parent.record);
    else parent.soundChildId = child.record.id;
    if (parent.record.isSound && child.record.micros < parent.record.micros) {
      events.outOfOrder(child, parent.record);
    }
  };

  const addRoot = (child: Linked): void => {
    roots += 1;
    if (!child.record.isSound) return;
    if (firstRootId !== undefined) events.fork(child, firstRootId, undefined);
    else firstRootId = child.record.id;
  };

  const parentOf = (child: Linked): Linked | undefined => {
    const { prevHash } = child.record;
    if (prevHash === undefined) return undefined;
    const nearest = Math.max(0, child.position - neighbours);
    for (let position = child.position - 1; position >= nearest; position -= 1) {
      const near = ring[position % size];
      if (near?.record.hash === prevHash) return near;
    }
    lastAskedAt = child.position;
    byHash ??= indexed();
    return byHash.get(prevHash);
  };

  const indexed = (): Map<string, Linked> => {
    const index = new Map<string, Linked>();
    for (const linked of ring) {
      if (linked?.record.hash !== undefined) index.set(linked.record.hash, linked);
    }
    return index;
  };

  const isWaiting = (child: Linked): boolean => {
    const parentHash = child.record.prevHash;
    if (waiting.size === 0 || parentHash === undefined) return false;
    const siblings = waiting.get(parentHash);
    const index = siblings?.indexOf(child) ?? -1;
    if (!siblings || index < 0) return false;
    if (siblings.length === 1) waiting.delete(parentHash);
    else siblings.splice(index, 1);
    return true;
  };

  const evict = (slot: number): void => {
    const leaving = ring[slot];
    if (!leaving) return;
    ring[slot] = undefined;
    const hash = leaving.record.hash;
    if (byHash && hash !== undefined && byHash.get(hash) === leaving) byHash.delete(hash);
    if (isWaiting(leaving)) events.parentNotSeen(leaving);
    if (!leaving.hasChild) events.childNotSeen(leaving);
  };

  return {
    get roots() {
      return roots;
    },
    get hasSoundRoot() {
      return firstRootId !== undefined;
    },
    get records() {
      return records;
    },
    add(record) {
      const position = records++;
      const slot = position % size;
      evict(slot);
      const linked: Linked = { record, position, hasChild: false, soundChildId: undefined };
      ring[slot] = linked;
      if (byHash && position - lastAskedAt > size) byHash = undefined;

      const { hash, prevHash } = record;
      if (hash !== undefined) {
        byHash?.set(hash, linked);
        const children = waiting.size === 0 ? undefined : waiting.get(hash);
        if (children) {
          waiting.delete(hash);
          for (const child of children) attach(linked, child);
        }
      }

      if (prevHash === root) addRoot(linked);
      else if (prevHash === undefined) events.parentNotSeen(linked);
      else {
        const parent = parentOf(linked);
        // A record that names itself stays waiting: it is its own parent for nobody.
        if (parent && parent !== linked) attach(parent, linked);
        else {
          const siblings = waiting.get(prevHash);
          if (siblings) siblings.push(linked);
          else waiting.set(prevHash, [linked]);
        }
      }
      return linked;
    },
    flush() {
      // Oldest first, so that what is reported comes in written order.
      for (let offset = 0; offset < size; offset += 1) evict((records + offset) % size);
    },
  };
}
