import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AckPriority } from '../../src/slack/ack-priority.ts';

/** Long enough that what is not tested here never happens. */
const never = 60_000;

function watched(promise: Promise<void>): { readonly isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => {
    state.isDone = true;
  });
  return state;
}

describe('giving way to people at the door', () => {
  it('does not wait when nobody is there', async () => {
    const going = watched(new AckPriority().giveWay());
    await nextTurn();
    expect(going.isDone).toBe(true);
  });

  it('waits until everybody has an answer; leaving twice counts once', async () => {
    const priority = new AckPriority({
      quietMilliseconds: 1,
      aloneMilliseconds: 0,
      trickleMilliseconds: never,
    });
    const [first, second] = [priority.enter(), priority.enter()];
    const gone = priority.giveWay();
    const going = watched(gone);
    first();
    first();
    await nextTurn();
    expect(going.isDone).toBe(false);
    second();
    await gone;
  });

  it('waits until none has come for a moment', async () => {
    const timing = { quietMilliseconds: 30, aloneMilliseconds: never, trickleMilliseconds: never };
    const priority = new AckPriority(timing);
    priority.enter()();
    // Not the first in a long while: more may follow.
    priority.enter()();
    const began = performance.now();
    await priority.giveWay();
    expect(performance.now() - began).toBeGreaterThan(20);
  });

  it('waits for nobody after a request that came alone, once it has its answer', async () => {
    const timing = { quietMilliseconds: never, aloneMilliseconds: 50, trickleMilliseconds: never };
    const priority = new AckPriority(timing);
    const leave = priority.enter();
    const gone = priority.giveWay();
    const going = watched(gone);
    await nextTurn();
    expect(going.isDone).toBe(false);
    leave();
    await gone;
    await priority.giveWay();
  });

  it('lets work trickle, in the order asked, while somebody is always there', async () => {
    const priority = new AckPriority({
      quietMilliseconds: never,
      aloneMilliseconds: never,
      trickleMilliseconds: 1,
    });
    const leave = priority.enter();
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((number) => priority.giveWay().then(() => order.push(number))));
    expect(order).toEqual([1, 2, 3]);
    leave();
  });
});
