/** The sources of the samples, by the names they have under `alerts.sources` and so in the address. */
export const sampleSources = ['prometheus', 'grafana', 'rms', 'uptime'] as const;
export type SampleSource = (typeof sampleSources)[number];

/** What each source proves itself with: a bearer token, an HMAC secret, the secret in the address, a bearer token. */
export type SampleSecrets = Readonly<Record<SampleSource, string>>;

/** One request as a source would make it. */
export interface SampleDelivery {
  readonly source: SampleSource;
  /** Below the bot's own address: `/hooks/prometheus`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The bot may say no to it (4xx): it goes as far as an edge allows, and perhaps further. */
  readonly mayBeRefused?: boolean;
}

/** JSON as Go's encoder writes it for the web: `<`, `>` and `&` escaped (encoding/json, `HTMLEscape`). */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
