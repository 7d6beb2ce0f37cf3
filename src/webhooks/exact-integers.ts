/** Integers beyond 2^53 have 16 digits and more. */
const longNumber = /\d{16}/;

/**
 * The same JSON with integers too long for a number as text: two ids that end in different digits would read as one, and
 * the resolve of one alert would close another.
 */
export function withExactIntegers(json: unknown, body: Buffer): unknown {
  if (!longNumber.test(body.toString('latin1')) || !holdsInexact(json)) return json;
  try {
    return JSON.parse(body.toString(), asWritten);
  } catch {
    // A reviver recurses: thousands of levels, which `readJson` lets nobody send, are left as they are.
    return json;
  }
}

function isInexact(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Without recursion: nothing is known of the depth. */
function holdsInexact(json: unknown): boolean {
  const waiting = [json];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (isInexact(value)) return true;
    if (typeof value === 'object' && value !== null)
      for (const child of Object.values(value)) waiting.push(child);
  }
  return false;
}

/** `context` is newer than TypeScript's own declaration of a reviver. */
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return isInexact(value) ? (context?.source ?? value) : value;
}
