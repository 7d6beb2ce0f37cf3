/**
 * Text PostgreSQL can hold: a NUL, or half a surrogate pair, is U+FFFD. One odd character in outside text must
 * not keep a request, a report or a whole batch of other people's requests from being stored.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** JSON for a `jsonb` parameter, every text in it storable; undefined for undefined. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storableText(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const keys = Object.keys(inner);
    if (keys.every((key) => storableText(key) === key)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, child]) => [storableText(key), child]));
  });
}
