import type { AlertMatch } from '../alerts/alert-settings.ts';

/** A runbook as its file says; see `docs/runbooks.md`. Texts may hold `{{input}}`. */
export interface Runbook {
  /** The file's name without its ending: `email-outage`. */
  readonly name: string;
  /** The first 12 hex digits of the SHA-256 of the file. */
  readonly version: string;
  readonly title: string;
  readonly summary: string;
  /** Where the document stands that it follows. */
  readonly canonical: string | undefined;
  /** A role of the settings, or `on-call`: who keeps it, and is reminded. */
  readonly owner: string;
  /** `YYYY-MM-DD`: by then somebody has read it again. */
  readonly reviewBy: string;
  /** Alerts it is suggested for: any of them. */
  readonly alerts: readonly AlertMatch[];
  readonly inputs: Readonly<Record<string, RunbookInput>>;
  readonly steps: readonly [RunbookStep, ...RunbookStep[]];
}

export interface RunbookInput {
  /** What the person who starts it is asked. */
  readonly ask: string;
  readonly isRequired: boolean;
  readonly default: string | undefined;
  /** What an incident or alert fills in. */
  readonly from: 'target' | 'tenant' | 'environment' | 'service' | 'title' | undefined;
}

interface StepBase {
  /** Unique in the file, e.g. `backend`. */
  readonly id: string;
  /** One line, imperative. */
  readonly title: string;
  /** Why, where to look, what is expected; shown while the step is the current one. */
  readonly text: string | undefined;
  /** Only its members may do, attest or skip it. Default: every responder. */
  readonly role: string | undefined;
  /** A hard guard: the step cannot begin before each of these, earlier in the file, has come out well. */
  readonly requires: readonly string[];
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

export type RunbookStep = StepBase &
  (
    | {
        readonly kind: 'do';
        /** What the person is asked to attest with. `required`: a sentence or a link must come with it. */
        readonly evidence: 'optional' | 'required';
      }
    | {
        readonly kind: 'check';
        /** A read, as it is typed after `/ops`. */
        readonly command: string;
      }
    | { readonly kind: 'run'; readonly command: string }
    | {
        readonly kind: 'wait';
        readonly minutes: number;
        /** Ends before its time as soon as this read is green; a wait that was for nothing else is red at its end. */
        readonly until: { readonly command: string; readonly everyMinutes: number } | undefined;
      }
    | {
        readonly kind: 'message';
        /** `runbooks/templates/<name>.md` */
        readonly template: string;
        /** `thread`, `incidents`, `ops`, `alerts`, or a channel's name or id. */
        readonly to: string;
      }
  );

export type StepKind = RunbookStep['kind'];

/** A message people send from a runbook. */
export interface MessageTemplate {
  readonly name: string;
  /** Markdown of Slack's kind, with `{{input}}`. */
  readonly text: string;
}
