/** What each person has chosen in messages, and the options last offered to them there. */
import type { Element } from '../element-state.ts';
import type { StoredMessage } from '../messages.ts';
import { initialValues, type Values } from '../views.ts';

export class Selections {
  private readonly values = new Map<string, Values>();
  private readonly offered = new Map<string, Element[]>();

  /** `state.values` of a message as this person sees it; choices last while the message keeps its inputs. */
  valuesOf(userId: string, message: StoredMessage): Values {
    const key = `${userId}/${message.channel}/${message.ts}`;
    const fresh = initialValues(message.blocks);
    const kept = this.values.get(key) ?? {};
    for (const [blockId, actions] of Object.entries(fresh)) {
      for (const actionId of Object.keys(actions)) {
        const before = kept[blockId]?.[actionId];
        if (before) actions[actionId] = before;
      }
    }
    this.values.set(key, fresh);
    return fresh;
  }

  offer(userId: string, place: string, options: Element[]): void {
    this.offered.set(`${userId}/${place}`, options);
  }

  offeredTo(userId: string, place: string): Element[] {
    return this.offered.get(`${userId}/${place}`) ?? [];
  }
}

export const placeOf = (message: StoredMessage, blockId: string, actionId: string): string =>
  `${message.channel}/${message.ts}/${blockId}/${actionId}`;
