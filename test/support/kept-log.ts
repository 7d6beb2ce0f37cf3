import type { Log } from '../../src/log.ts';

export interface KeptLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly fields: object;
  readonly message: string;
}

/** A log that keeps its lines for the test to look at. */
export function keptLog(): Log & { readonly lines: KeptLine[] } {
  const lines: KeptLine[] = [];
  const at = (level: KeptLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const log = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: () => log,
  };
  return log;
}
