import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AckPriority } from '../../src/slack/ack-priority.ts';

function held() {
  let give = () => {};
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { promise, give: () => give() };
}

describe('giving way to people at the door', () => {
  it('does not wait when nobody is there', async () => {
    let hasGone = false;
    void new AckPriority().giveWay().then(() => {
      hasGone = true;
    });
    await nextTurn();
    expect(hasGone).toBe(true);
  });

  it('waits until everybody is answered, also those whose answering failed', async () => {
    const priority = new AckPriority();
    const [first, second] = [held(), held()];
    const answers = [
      priority.during(() => first.promise),
      priority.during(async () => {
        await second.promise;
        throw new Error('broken');
      }),
    ];
    let hasGone = false;
    const gone = priority.giveWay().then(() => {
      hasGone = true;
    });
    first.give();
    await answers[0];
    await nextTurn();
    expect(hasGone).toBe(false);
    second.give();
    await expect(answers[1]).rejects.toThrow('broken');
    await gone;
    expect(hasGone).toBe(true);
  });

  it('lets work trickle, in the order asked, while somebody is always there', async () => {
    const priority = new AckPriority({ quietMilliseconds: 60_000, trickleMilliseconds: 1 });
    const stuck = held();
    const answering = priority.during(() => stuck.promise);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((number) => priority.giveWay().then(() => order.push(number))));
    expect(order).toEqual([1, 2, 3]);
    stuck.give();
    await answering;
  });

  it('waits until none has come for a moment', async () => {
    const priority = new AckPriority({ quietMilliseconds: 30, trickleMilliseconds: 60_000 });
    await priority.during(async () => undefined);
    const began = performance.now();
    await priority.giveWay();
    expect(performance.now() - began).toBeGreaterThan(20);
  });
});
