import { z } from 'zod';

/** A moment as targets write it: ISO 8601 with its zone. Without one it would be read in this machine's zone. */
export const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const count = z.int().nonnegative();
