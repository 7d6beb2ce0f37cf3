import { z } from 'zod';
import { withExactIntegers } from './exact-integers.ts';
import { isObject } from './lenient.ts';
import { onlyMapped } from './mapped-keys.ts';
import { hasOneProof, proofOptions, verifyMapped } from './mapped-proof.ts';
import { readMapped } from './mapping.ts';
import { mappingSchema } from './mapping-schema.ts';
import type { RawDelivery, SourceKind } from './source-kind.ts';

const proofs = z.strictObject(proofOptions);

function optionsWith<Schema extends z.ZodType>(mapping: Schema) {
  return proofs.extend({ mapping }).refine(hasOneProof, {
    error: 'gives several of "header", "username" and "signature"; keep the one that the source uses',
  });
}

const options = optionsWith(mappingSchema);
export type MappedOptions = z.output<typeof options>;

const behaviour = {
  verify: verifyMapped,
  parse: (json: unknown, { body }: RawDelivery, { options: { mapping } }: { options: MappedOptions }) =>
    readMapped(mapping, withExactIntegers(json, body)),
  keep: (json: unknown, { body }: RawDelivery, { options: { mapping } }: { options: MappedOptions }) =>
    mapping.keep === 'all' ? json : onlyMapped(mapping, withExactIntegers(json, body)),
};

/**
 * A source that no code knows: its mapping is in the settings. JSON alone is read; what fails is stored, and not asked to
 * come again.
 *
 * ```yaml
 * alerts:
 *   sources:
 *     mytool:
 *       kind: generic
 *       secrets: env:MYTOOL_SECRET            # or urlSecrets: for /hooks/mytool/<secret>
 *       signature: { header: X-Signature, prefix: "sha256=" }   # or header: or username:; default: a bearer token
 *       mapping:
 *         each: /alerts                       # default: the body is one alert; ^/… then reads from the whole body
 *         deliveryId: "{/id}"                 # what is sent again has the same
 *         key: "{^/group}"                    # shares a card
 *         fingerprint: "{/monitor/id}"        # one alert of it; default: the key
 *         status: { from: /state, firing: [down], resolved: [up] }    # anything else never resolves
 *         severity: { from: /level, values: { bad: critical }, default: warning }
 *         title: ["{/monitor/name} is down", "{/text}"]   # the first whose values are all there
 *         service: "{/tags/[name=service]/value}"
 *         startsAt: { from: /since, format: epoch-s }     # iso, iso-utc-without-zone, epoch-ms
 *         order: /sequence
 *         labels: { region: "{/region}" }
 *         links: [{ label: Dashboard, url: "{/url}" }]
 *         cases:
 *           - { when: { /state: "test*" }, ignore: true }
 *           - { when: { /expires: true }, status: firing, severity: info, quietMinutes: 1440 }
 * ```
 */
export const generic: SourceKind<MappedOptions> = {
  kind: 'generic',
  options,
  ...behaviour,
};

/** A mapping that is shipped. What the settings give under `mapping` replaces its keys one by one. */
export interface ShippedMapping {
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly tooMany?: 503 | 429 | undefined;
  /** How it proves itself where the settings do not say. */
  readonly header?: string | undefined;
}

export function mappedKind(
  kind: string,
  { mapping, tooMany, header }: ShippedMapping,
): SourceKind<MappedOptions> {
  const merged = z.preprocess(
    (own) => (own === undefined ? mapping : isObject(own) ? { ...mapping, ...own } : own),
    mappingSchema,
  );
  const shipped = optionsWith(merged.optional().transform((own) => own ?? mappingSchema.parse(mapping)));
  return {
    kind,
    options: z.preprocess(
      (own) => (isObject(own) && !saysHow(own) && header !== undefined ? { ...own, header } : own),
      shipped,
    ),
    ...(tooMany === undefined ? {} : { tooMany }),
    ...behaviour,
  };
}

function saysHow(own: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(proofOptions).some((key) => own[key] !== undefined);
}
