/** How bad, the worst first. The words and shapes people see are in `cards/`. */
export const severities = ['critical', 'high', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** What the sources call them. `error` is high and P1–P4 descend, as on-call tools have it. */
const words: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['critical', 'fatal', 'page', 'emergency', 'p0', 'p1', 'sev1'],
  high: ['high', 'error', 'major', 'p2', 'sev2'],
  warning: ['warning', 'warn', 'medium', 'minor', 'p3', 'sev3'],
  info: ['info', 'notice', 'low', 'debug', 'none', 'p4', 'p5', 'sev4'],
};
const byWord = new Map(severities.flatMap((severity) => words[severity].map((word) => [word, severity])));

/** Reads a source's own word, in any case. What is missing or unknown is a warning: neither hidden nor waking anyone. */
export function readSeverity(word: string | null | undefined): Severity {
  return byWord.get(word?.trim().toLowerCase() ?? '') ?? 'warning';
}

export function isWorse(one: Severity, than: Severity): boolean {
  return severities.indexOf(one) < severities.indexOf(than);
}

/** Undefined of none. */
export function worst(of: Iterable<Severity>): Severity | undefined {
  let found: Severity | undefined;
  for (const one of of) if (found === undefined || isWorse(one, found)) found = one;
  return found;
}
