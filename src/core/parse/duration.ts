const minutesIn: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

/**
 * A length of time as people write it, in minutes; undefined where it is none.
 *
 * @example maybeDurationMinutes('2h') // 120
 */
export function maybeDurationMinutes(text: string): number | undefined {
  const [, amount, unit] = /^([1-9]\d{0,5}) ?([mhd])$/.exec(text.trim().toLowerCase()) ?? [];
  return amount === undefined || unit === undefined ? undefined : Number(amount) * minutesIn[unit]!;
}

/** `45 minutes`, `2 hours`, `1 day`: in the largest unit that says it exactly. */
export function durationText(minutes: number): string {
  const [size, word] =
    minutes % 1_440 === 0 ? [1_440, 'day'] : minutes % 60 === 0 ? [60, 'hour'] : [1, 'minute'];
  const amount = minutes / (size as number);
  return `${amount.toLocaleString('en-US')} ${word}${amount === 1 ? '' : 's'}`;
}
