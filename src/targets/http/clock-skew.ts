/**
 * How far the clock of whoever sent a Date header is from ours, in milliseconds; zero when the header allows it.
 *
 * The header names the second in which the answer was made (RFC 9110, 6.6.1), and that was some time between our
 * asking and the answer's arrival: only what lies outside of both is skew.
 *
 * @param asked our time when the request went out, and `received` when the headers came.
 */
export function clockSkew(
  headers: Readonly<Record<string, string>>,
  asked: Date,
  received: Date,
): number | undefined {
  const theirs = Date.parse(headers.date ?? '');
  // An answer kept by a cache carries the time it was made at.
  if (Number.isNaN(theirs) || Number(headers.age ?? 0) > 0) return undefined;
  const least = theirs - received.getTime();
  const most = theirs + 999 - asked.getTime();
  if (least <= 0 && most >= 0) return 0;
  return Math.round((least + most) / 2);
}
