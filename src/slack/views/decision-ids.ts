import { z } from 'zod';
import { shortDigest } from '../../core/change/run-digest.ts';

/**
 * Everything a person can do to a run by clicking, as Slack hands it back. A click carries ids only: who clicked,
 * what the run is and whether it may be done is looked up.
 *
 * `needsDigest`: the click decides on one exact plan and has to say on which, so that a card of an earlier plan
 * cannot decide on a later one.
 */
export const decisionActions = {
  approve: { needsDigest: true },
  deny: { needsDigest: true },
  confirm_run: { needsDigest: true },
  break_glass: { needsDigest: true },
  cancel_run: { needsDigest: false },
  details: { needsDigest: false },
  who_can_sign: { needsDigest: false },
  happened: { needsDigest: false },
  did_not_happen: { needsDigest: false },
  look_again: { needsDigest: false },
  undo: { needsDigest: false },
  ask_again: { needsDigest: false },
  reviewed: { needsDigest: false },
} as const satisfies Record<string, { readonly needsDigest: boolean }>;

export type DecisionAction = keyof typeof decisionActions;

/** `action_id` of every card's overflow menu; what was chosen stands in the option's value. */
export const runMenuId = 'run_menu';
/** What a menu may offer. */
export const menuActions = [
  'details',
  'cancel_run',
  'who_can_sign',
  'break_glass',
] as const satisfies readonly DecisionAction[];
export type MenuAction = (typeof menuActions)[number];

/** `callback_id` of each modal about a run; all carry a decision context as `private_metadata`. */
export const decisionModals = {
  deny: 'deny',
  breakGlass: 'break_glass',
  planPreview: 'plan_preview',
  details: 'details',
  whoCanSign: 'who_can_sign',
} as const;

export interface Decision {
  readonly action: DecisionAction;
  readonly runId: string;
  /** The first 16 hex digits of the digest the card showed. */
  readonly digest: string | undefined;
}

/** What a click about this run carries. */
export interface DecidedOn {
  readonly id: string;
  /** 64 hex digits. */
  readonly digest: string | undefined;
}

/** @example buttonValue({ id: 'r-7k2m9q4x', digest }) // '{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77aa"}' */
export function buttonValue({ id, digest }: DecidedOn): string {
  return JSON.stringify({ run: id, digest: digest === undefined ? undefined : shortDigest(digest) });
}

/** At most 75 characters: Slack's typings allow an option no more. @example 'cancel_run r-7k2m9q4x 9f3ab2c41d0e77aa' */
export function menuValue(action: MenuAction, { id, digest }: DecidedOn): string {
  return [action, id, ...(digest === undefined ? [] : [shortDigest(digest)])].join(' ');
}

export const runIdText = z.string().regex(/^r-[0-9a-z]{1,32}$/);
export const digestText = z.string().regex(/^[0-9a-f]{16}$/);
const value = z.strictObject({ run: runIdText, digest: digestText.optional() });

/**
 * The decision behind a click, from the button's `value` or the chosen option's; undefined for everything that is
 * not exactly one of ours.
 */
export function maybeDecision(actionId: string, text: string | undefined): Decision | undefined {
  if (text === undefined || text.length > 200) return undefined;
  if (actionId === runMenuId) return maybeMenuDecision(text);
  if (!isDecisionAction(actionId)) return undefined;
  const parsed = value.safeParse(maybeJson(text));
  return parsed.success ? decision(actionId, parsed.data.run, parsed.data.digest) : undefined;
}

/** A lockdown is no run: its button carries its own number. */
export const liftLockdownId = 'lift_lockdown';
const lift = z.strictObject({ lockdown: z.int().positive() });

/** @example liftValue(7) // '{"lockdown":7}' */
export function liftValue(lockdownId: number): string {
  return JSON.stringify({ lockdown: lockdownId });
}

/** Which lockdown a click wants lifted; undefined for every other click. */
export function maybeLift(actionId: string, text: string | undefined): number | undefined {
  if (actionId !== liftLockdownId || text === undefined || text.length > 200) return undefined;
  const parsed = lift.safeParse(maybeJson(text));
  return parsed.success ? parsed.data.lockdown : undefined;
}

function maybeMenuDecision(text: string): Decision | undefined {
  const [action, run, digest, ...others] = text.split(' ');
  const isOurs =
    others.length === 0 &&
    menuActions.some((one) => one === action) &&
    runIdText.safeParse(run).success &&
    digestText.optional().safeParse(digest).success;
  return isOurs ? decision(action as MenuAction, run!, digest) : undefined;
}

function decision(action: DecisionAction, runId: string, digest: string | undefined): Decision | undefined {
  if (decisionActions[action].needsDigest && digest === undefined) return undefined;
  return { action, runId, digest };
}

function isDecisionAction(actionId: string): actionId is DecisionAction {
  // hasOwn: an action named "constructor" must not find Object's.
  return Object.hasOwn(decisionActions, actionId);
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
