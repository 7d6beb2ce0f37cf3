import { z } from 'zod';
import type { Origin } from '../core/run.ts';

/** What a modal of ours carries in `private_metadata`: which command, and where the answer belongs. */
const modalContext = z.object({
  command: z.string().max(200),
  channelId: z.string().max(80).optional(),
  threadTs: z.string().max(80).optional(),
  responseUrl: z
    .url({ protocol: /^https?$/ })
    .max(1_000)
    .optional(),
  incidentId: z
    .string()
    .regex(/^i-[0-9a-z]{1,40}$/)
    .optional(),
});

export type ModalContext = {
  readonly command: string;
  readonly origin: Origin;
  /** `--incident` as it was typed: no field of the form stands for it. */
  readonly incidentId?: string | undefined;
};

export function writeModalContext({ command, origin, incidentId }: ModalContext): string {
  const { channelId, threadTs, responseUrl } = origin;
  return JSON.stringify({ command, channelId, threadTs, responseUrl, incidentId });
}

/** Undefined when the text is not ours: a modal of another app, or of an older form. */
export function maybeModalContext(text: string): ModalContext | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = modalContext.safeParse(json);
  if (!parsed.success) return undefined;
  const { command, incidentId, ...where } = parsed.data;
  return {
    command,
    origin: withoutUndefined(where),
    ...(incidentId === undefined ? {} : { incidentId }),
  };
}

function withoutUndefined(origin: { [Key in keyof Origin]?: Origin[Key] | undefined }): Origin {
  return Object.fromEntries(Object.entries(origin).filter(([, value]) => value !== undefined));
}
