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

  it('does not wait for ever', async () => {
    const priority = new AckPriority();
    const stuck = held();
    const answering = priority.during(() => stuck.promise);
    await priority.giveWay();
    stuck.give();
    await answering;
  });
});
