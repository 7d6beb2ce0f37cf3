/** How a run goes: what its job prints, and how it ends. */
export interface Outcome {
  /** As the step printed it; the server puts times and the runner's own lines around it. */
  readonly output: readonly string[];
  /** Of the step; anything but 0 fails the run. Default 0. */
  readonly exitCode?: number;
}

export interface SampleWorkflow {
  /** Under `.github/workflows/`. */
  readonly file: string;
  readonly yaml: string;
  /** The run's title with `run-name:`; default the workflow's name. */
  readonly title?: (inputs: Readonly<Record<string, string>>) => string;
  readonly outcome: (inputs: Readonly<Record<string, string>>) => Outcome;
}

const simple = (
  file: string,
  name: string,
  output: readonly string[],
  on = 'workflow_dispatch:',
): SampleWorkflow => ({
  file,
  yaml: `name: ${name}
on:
  ${on}
jobs:
  run:
    runs-on: ubuntu-latest
    steps:
      - run: ./scripts/${file.replace(/\.yml$/, '')}.sh
`,
  outcome: () => ({ output }),
});

const withInput = (
  file: string,
  input: { readonly name: string; readonly options: readonly string[]; readonly default?: string },
  outcome: (value: string) => Outcome,
): SampleWorkflow => {
  const name = file.replace(/\.yml$/, '');
  const standard = input.default === undefined ? '' : `\n        default: ${input.default}`;
  return {
    file,
    yaml: `name: ${name}
run-name: ${name} \${{ inputs.${input.name} }}
on:
  workflow_dispatch:
    inputs:
      ${input.name}:
        type: choice
        required: true${standard}
        options: [${input.options.join(', ')}]
jobs:
  run:
    runs-on: ubuntu-latest
    steps:
      - run: python3 tools/${name}.py "$MODE"
        env: { MODE: "\${{ inputs.${input.name} }}" }
`,
    title: (inputs) => `${name} ${inputs[input.name] ?? input.default ?? ''}`.trim(),
    outcome: (inputs) => outcome(inputs[input.name] ?? input.default ?? ''),
  };
};

/** The workflows that the five runbooks speak of, printing what their tools print. */
export const sampleWorkflows: readonly SampleWorkflow[] = [
  simple('migrate-dry.yml', 'migrate-dry', [
    '3 migrations would be applied',
    'migrate_dry status=ok pending=3',
  ]),
  simple('migrate.yml', 'migrate', ['applying 3 migrations', 'migrate status=ok applied=3 skipped=14']),
  simple('seed-beta.yml', 'seed-beta', ['seeding beta data', 'seed_beta status=ok tenants=4']),
  simple('smoke-prod.yml', 'smoke-prod', ['GET /health 200', 'smoke_prod status=ok checks=12 failed=0']),
  simple('smoke.yml', 'smoke', ['browser smoke', 'smoke status=ok checks=8 failed=0']),
  simple('rollback.yml', 'rollback', ['rolling back', 'rollback status=ok'], 'workflow_dispatch:'),
  simple('verify-release.yml', 'verify-release', ['verify_release status=ok checks=31']),
  withInput('deploy.yml', { name: 'environment', options: ['staging', 'production'] }, (environment) => ({
    output: [`deploying to ${environment}`, `deploy status=ok environment=${environment}`],
  })),
  withInput('promote.yml', { name: 'percent', options: ['5', '25', '100'], default: '5' }, (percent) => ({
    output: [`promote status=ok percent=${percent}`],
  })),
  withInput('db_bootstrap.yml', { name: 'mode', options: ['dry_run', 'all'] }, (mode) =>
    mode === 'dry_run'
      ? { output: ['db_bootstrap_dry_run status=ok migrations=17'] }
      : {
          output: [
            'db_bootstrap status=ok applied=17 skipped=0',
            'db_bootstrap status=ok mode=verify generated_at=2026-11-20T17:06:48.356931+00:00',
            'db_bootstrap status=ok mode=all generated_at=2026-11-20T17:06:49.000000+00:00',
          ],
        },
  ),
  withInput('ops_daily.yml', { name: 'mode', options: ['smoke', 'prod'], default: 'smoke' }, (mode) => ({
    output:
      mode === 'prod'
        ? [
            'generated_at=2026-11-20T03:00:41.000000+00:00',
            'generated_at=2026-11-20T03:00:41.000000+00:00 window_days=7 delivered_total=412 positive_total=137 h=0.33 status=healthy',
            'metrics_regression status=ok',
            'retention_cleanup status=ok groups=4 deleted_total=0',
          ]
        : ['mode=smoke reason=prod_not_configured'],
  })),
  withInput(
    'prod_verify.yml',
    { name: 'mode', options: ['dry_run', 'verify'], default: 'dry_run' },
    (mode) => ({
      output: [...(mode === 'verify' ? ['db_verify status=ok'] : []), `prod_verify status=ok mode=${mode}`],
    }),
  ),
  simple('policy_check.yml', 'policy_check', ['[OK] Policy check passed'], 'push: { branches: [main] }'),
  simple('ci.yml', 'ci', ['Test Files  212 passed (212)'], 'push: { branches: [main] }\n  pull_request:'),
];

/** `status=insufficient_data reason=delivered_total_0`, with the exit code its tool has then: no traffic yet. */
export const noTraffic: Outcome = {
  output: [
    'generated_at=2026-11-20T17:06:49.463747+00:00 window_days=7 delivered_total=0 positive_total=0 h=0.00 status=insufficient_data reason=delivered_total_0',
  ],
  exitCode: 2,
};
