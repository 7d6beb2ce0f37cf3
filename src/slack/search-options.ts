import type { Option } from '@slack/types';
import type { TargetKind, TargetKinds, TenantDirectory, TenantRef } from '../command.ts';
import { matchingTargets, type TargetOffer } from '../core/choose-target.ts';
import type { Commands } from '../core/registered-command.ts';
import type { AnyTarget } from '../core/resolve-references.ts';
import { maybeModalContext } from './modal-context.ts';
import { blockSuggestion } from './payloads.ts';
import { referenceOptions } from './views/reference-options.ts';

export type SearchOptions = (body: unknown) => Promise<Option[]>;

/** Slack closes the list after 3 s; past this the typed value itself is offered. */
const searchDeadlineMilliseconds = 2_000;
const maxOptions = 50;

/** Answers an external select with the target's tenants whose slug or name matches what is typed. */
export function searchOptions(deps: {
  readonly commands: Commands;
  readonly targets: () => readonly TargetOffer[];
  readonly client: <Kind extends TargetKind>(kind: Kind, name: string) => TargetKinds[Kind];
  readonly mayRun: (userId: string, command: string) => Promise<boolean>;
  readonly onFault: (error: unknown) => void;
}): SearchOptions {
  return async (body) => {
    const parsed = blockSuggestion.safeParse(body);
    if (!parsed.success) return [];
    const { value: typed, view, user } = parsed.data;
    const command = deps.commands.get(maybeModalContext(view?.private_metadata ?? '')?.command ?? '');
    const needs = command?.definition.needs;
    if (command === undefined || needs === undefined) return [];
    const search = async (): Promise<Option[]> => {
      // The names of tenants are for those who may use them.
      if (!(await deps.mayRun(user.id, command.name))) return [];
      const found = await Promise.all(
        matchingTargets(deps.targets(), needs, undefined).map((target) =>
          tenantsOf(deps.client(needs, target.name)).search(typed, maxOptions),
        ),
      );
      return referenceOptions(unique(found.flat()).slice(0, maxOptions), typed).options;
    };
    const tooLate = new Promise<Option[]>((resolve) => {
      setTimeout(() => resolve(referenceOptions([], typed).options), searchDeadlineMilliseconds).unref();
    });
    return Promise.race([
      search().catch((error: unknown) => {
        deps.onFault(error);
        return referenceOptions([], typed).options;
      }),
      tooLate,
    ]);
  };
}

/** Only commands with a tenant among their arguments have such a select; their targets know tenants. */
function tenantsOf(target: AnyTarget): TenantDirectory {
  return target.tenants ?? { find: async () => undefined, search: async () => [] };
}

function unique(tenants: readonly TenantRef[]): TenantRef[] {
  return [...new Map(tenants.map((tenant) => [tenant.slug, tenant])).values()];
}
