import { approvers, requesters } from './office.ts';
import type { People } from './people.ts';

/**
 * Each requester asks for one suspension after another and waits for its end, as people do; each has an approver
 * who signs as soon as the card is there. So there are as many requests in flight as there are requesters, and
 * requests, signatures and effects overlap as they come.
 *
 * @returns seconds from the first request to the last end that somebody has seen.
 */
export async function crowd(people: People, tenants: readonly string[]): Promise<number> {
  const left = [...tenants];
  const begun = performance.now();
  await Promise.all(
    requesters.map(async (requester, index) => {
      const approver = approvers[index]!;
      for (let tenant = left.shift(); tenant !== undefined; tenant = left.shift()) {
        const card = await people.ask(requester, tenant);
        await people.approve(approver, card);
        await people.ended(card);
      }
    }),
  );
  return (performance.now() - begun) / 1000;
}
