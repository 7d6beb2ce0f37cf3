/** True for a day that exists, written `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [, year, month, day] = match.map(Number);
  const at = new Date(0);
  at.setUTCFullYear(year!, month! - 1, day);
  // A day that does not exist (30 February) rolls over into the next month.
  return at.getUTCFullYear() === year && at.getUTCMonth() === month! - 1 && at.getUTCDate() === day;
}

const moment =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;

/**
 * An absolute ISO time in UTC (`2026-12-01T09:30:00Z`), or undefined when the day, the hour or the zone
 * does not exist or none was given. Zones go from −12:00 to +14:00.
 */
export function utcFromIso(text: string): string | undefined {
  const match = moment.exec(text);
  if (!match?.[1] || !isIsoDate(match[1])) return undefined;
  const [hours, minutes, seconds] = [match[2], match[3], match[4] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  const [zoneHours, zoneMinutes] = [match[7] ?? '0', match[8] ?? '0'].map(Number) as [number, number];
  if (hours > 23 || minutes > 59 || seconds > 59 || zoneMinutes > 59) return undefined;
  const offsetMinutes = (match[6] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes);
  if (offsetMinutes < -12 * 60 || offsetMinutes > 14 * 60) return undefined;
  const milliseconds = Math.round(Number(match[5] ?? 0) * 1000);
  const local =
    Date.parse(`${match[1]}T00:00:00Z`) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
  const utc = new Date(local - offsetMinutes * 60_000);
  if (utc.getUTCFullYear() < 0 || utc.getUTCFullYear() > 9999) return undefined;
  return utc.toISOString().replace('.000Z', 'Z');
}
