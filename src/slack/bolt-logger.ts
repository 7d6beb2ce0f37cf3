import { LogLevel } from '@slack/bolt';
import type { Log } from '../log.ts';

export interface BoltLogger {
  debug(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
  setLevel(level: LogLevel): void;
  getLevel(): LogLevel;
  setName(name: string): void;
}

/** Lets Bolt and Slack's SDK write to our log, so that redaction and levels hold for them too. */
export function boltLogger(log: Log): BoltLogger {
  const say =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...parts: unknown[]) => {
      const error = parts.find((part) => part instanceof Error);
      log[level]({ ...(error === undefined ? {} : { err: error }) }, parts.map(String).join(' '));
    };
  return {
    debug: say('debug'),
    // The SDK's "info" is its own life, which is our "debug".
    info: say('debug'),
    warn: say('warn'),
    error: say('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.DEBUG,
    setName: () => undefined,
  };
}
