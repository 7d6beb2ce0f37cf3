/** What a delivery is counted under: its words joined by dots, short, and without characters that mean something elsewhere. */
export function eventName(...words: readonly (string | undefined)[]): string {
  const name = words.filter((word) => word !== undefined && word !== '').join('.');
  return name.replaceAll(/[^\w.:-]/g, '_').slice(0, 100) || 'unnamed';
}
