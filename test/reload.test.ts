import { describe, expect, it } from 'vitest';
import { holdSettings, watchSettings } from '../src/reload.ts';
import { until } from './support/until.ts';

function setUp(load: () => Promise<string>) {
  const events: string[] = [];
  const log = {
    info: (_: object, message: string) => void events.push(`info ${message}`),
    error: (_: object, message: string) => void events.push(`error ${message}`),
  };
  const holder = holdSettings('old', log);
  let fire: (() => void) | undefined;
  const stop = watchSettings({
    holder,
    load,
    log,
    trigger: (reload) => {
      fire = reload;
      return () => {
        fire = undefined;
      };
    },
    onInvalid: (sentence) => void events.push(`told ${sentence}`),
  });
  return { holder, events, stop, fire: () => fire?.(), isListening: () => fire !== undefined };
}

describe('reloading the settings', () => {
  it('puts a valid file in force and tells listeners old and new', async () => {
    const { holder, fire, events, stop } = setUp(async () => 'new');
    holder.onChange((now, before) => void events.push(`${before} to ${now}`));
    fire();
    await until(() => holder.current === 'new');
    await stop();
    expect(events).toEqual(['old to new', 'info the settings were reloaded']);
  });

  it('keeps the old settings when the file is invalid, and says so', async () => {
    const { holder, fire, events } = setUp(() => Promise.reject(new Error('"c.yaml" cannot be used')));
    holder.onChange(() => void events.push('changed'));
    fire();
    await until(() => events.length === 2);
    expect(holder.current).toBe('old');
    expect(events).toEqual([
      'error the settings were not reloaded; the old ones stay in force',
      'told The settings were not reloaded; the old ones stay in force. "c.yaml" cannot be used',
    ]);
  });

  it('reloads once more, not at the same time, when asked during a reload', async () => {
    let loading = 0;
    let loads = 0;
    const finish: (() => void)[] = [];
    const { holder, fire, stop } = setUp(async () => {
      loading += 1;
      expect(loading).toBe(1);
      await new Promise<void>((resolve) => finish.push(resolve));
      loading -= 1;
      loads += 1;
      return `load ${loads}`;
    });
    fire();
    fire();
    fire();
    await until(() => finish.length === 1);
    finish[0]?.();
    await until(() => finish.length === 2);
    finish[1]?.();
    await until(() => holder.current === 'load 2');
    await stop();
    expect(loads).toBe(2);
  });

  it('works again after an invalid file and after a listener that failed', async () => {
    const answers = [Promise.reject(new Error('bad')), Promise.resolve('good')];
    const { holder, fire, events } = setUp(() => answers.shift() as Promise<string>);
    holder.onChange(() => {
      throw new Error('listener');
    });
    let heard = '';
    const forget = holder.onChange((now) => {
      heard = now;
    });
    fire();
    await until(() => events.length === 2);
    fire();
    await until(() => heard === 'good');
    expect(events).toContain('error could not act on changed settings');
    forget();
    await holder.replace('later');
    expect(heard).toBe('good');
  });

  it('stops listening when told to', async () => {
    const { stop, isListening } = setUp(async () => 'new');
    expect(isListening()).toBe(true);
    await stop();
    expect(isListening()).toBe(false);
  });
});
