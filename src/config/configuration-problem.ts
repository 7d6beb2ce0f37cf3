import { UserMistake } from '../core/errors.ts';

/** One thing wrong with the configuration. Never holds a value that could be a secret. */
export interface Problem {
  /** `SLACK_BOT_TOKEN`, or `countersign.yaml:12:5 policy[2].run`. */
  readonly place: string;
  /** What is wrong and what to do, after the place and a colon. */
  readonly message: string;
}

/** Everything wrong with one source of configuration, at once: one restart per mistake is how evenings go. */
export class ConfigurationProblem extends UserMistake {
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const lines = problems.map(({ place, message }) => `  ${place}: ${message}`);
    super('configuration_invalid', [`${source} cannot be used (${count}):`, ...lines].join('\n'));
    this.problems = problems;
  }
}
