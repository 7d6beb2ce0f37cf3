import { describe, expect, it } from 'vitest';
import { placeOf, searchOf } from '../../../sandbox/page/place.ts';
import { commandBeingTyped, completionFor } from '../../../sandbox/page/suggestions.ts';
import { ada, stateFor } from './sample-state.ts';

const state = stateFor(ada);
const titles = (text: string, caret = text.length) =>
  completionFor(text, caret, state)?.suggestions.map((suggestion) => suggestion.title);

describe('completion in the composer', () => {
  it('offers the commands that begin with what is typed', () => {
    expect(titles('/')).toEqual(['/ops', '/oncall']);
    expect(titles('/op')).toEqual(['/ops']);
    expect(titles('/x')).toBeUndefined();
  });

  it('is silent once arguments are typed, and for a slash inside a sentence', () => {
    expect(titles('/ops ')).toBeUndefined();
    expect(titles('see /op')).toBeUndefined();
  });

  it('offers the bot first, nobody who has left, and only at the start of a word', () => {
    expect(titles('@')?.[0]).toBe('@countersign');
    expect(titles('@')).not.toContain('@gone');
    expect(titles('hello @gr')).toEqual(['@grace']);
    expect(titles('ada@gr')).toBeUndefined();
  });

  it('completes at the caret and leaves what follows', () => {
    expect(completionFor('@co verify', 3, state)).toMatchObject({ kind: 'mention', from: 0 });
  });

  it('knows the command whose usage to show', () => {
    expect(commandBeingTyped('/ops verify', state.commands)?.command).toBe('/ops');
    expect(commandBeingTyped('/ops', state.commands)).toBeUndefined();
    expect(commandBeingTyped('/opsx y', state.commands)).toBeUndefined();
  });
});

describe('the address bar', () => {
  it('keeps person, channel, thread and view', () => {
    const place = { user: 'grace', channel: 'ops', thread: '1.000001', isPhone: true };
    expect(placeOf(searchOf(place))).toEqual(place);
  });

  it('starts as ada in the first channel', () => {
    expect(placeOf('')).toEqual({ user: 'ada', channel: '', thread: '', isPhone: false });
  });
});
