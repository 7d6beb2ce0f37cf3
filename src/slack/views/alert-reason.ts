import type { ReasonLength } from './reason-input.ts';

/** A silence or another severity changes what others see: it says a little more than "ok". */
export const alertReasonLength: ReasonLength = { least: 5, most: 500 };
