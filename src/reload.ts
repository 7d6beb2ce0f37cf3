import type { Log } from './log.ts';

/** The settings in force. Code asks for `current` each time it decides, and never keeps what it got. */
export interface SettingsHolder<Settings> {
  readonly current: Settings;
  /** Called after each replacement, in order of registration. Returns how to stop. */
  onChange(listener: SettingsListener<Settings>): () => void;
  /** Puts `next` in force, then tells every listener; resolves when all of them are done. */
  replace(next: Settings): Promise<void>;
}

export type SettingsListener<Settings> = (now: Settings, before: Settings) => void | Promise<void>;

export function holdSettings<Settings>(initial: Settings, log: Pick<Log, 'error'>): SettingsHolder<Settings> {
  let current = initial;
  const listeners = new Set<SettingsListener<Settings>>();
  return {
    get current() {
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async replace(next) {
      const before = current;
      current = next;
      for (const listener of listeners) {
        try {
          await listener(next, before);
        } catch (error) {
          // The others must still hear of it: the new settings are already in force.
          log.error({ err: error }, 'could not act on changed settings');
        }
      }
    },
  };
}

export interface ReloadOptions<Settings> {
  readonly holder: SettingsHolder<Settings>;
  /** Reads and checks the file anew. Rejects with everything that is wrong with it. */
  readonly load: () => Promise<Settings>;
  /**
   * Calls back whenever a reload is wanted; returns how to stop.
   * @example (reload) => { process.on('SIGHUP', reload); return () => process.off('SIGHUP', reload); }
   */
  readonly trigger: (reload: () => void) => () => void;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** The sentence for the people in `channels.ops`, with no secret in it; the old settings stay in force. */
  readonly onInvalid: (sentence: string) => void | Promise<void>;
}

/** Reloads on each trigger, one at a time; triggers during a reload lead to one more. Returns how to stop. */
export function watchSettings<Settings>(options: ReloadOptions<Settings>): () => Promise<void> {
  const { holder, load, trigger, log, onInvalid } = options;
  let isWanted = false;
  let isStopped = false;
  let running: Promise<void> | undefined;

  const reloadWhileWanted = async (): Promise<void> => {
    while (isWanted && !isStopped) {
      isWanted = false;
      await reloadOnce();
    }
    running = undefined;
  };
  const reloadOnce = async (): Promise<void> => {
    let next: Settings;
    try {
      next = await load();
    } catch (error) {
      log.error({ err: error }, 'the settings were not reloaded; the old ones stay in force');
      const reason = error instanceof Error ? error.message : String(error);
      await Promise.resolve(
        onInvalid(`The settings were not reloaded; the old ones stay in force. ${reason}`),
      ).catch((failure: unknown) =>
        log.error({ err: failure }, 'could not tell people that the settings are invalid'),
      );
      return;
    }
    await holder.replace(next);
    log.info({}, 'the settings were reloaded');
  };

  const stop = trigger(() => {
    isWanted = true;
    running ??= reloadWhileWanted();
  });
  return async () => {
    isStopped = true;
    stop();
    await running;
  };
}
