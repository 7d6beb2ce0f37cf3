import type { TargetInfo, TargetKind, TargetKinds, TenantDirectory } from '../../command.ts';
import { createRedactor, type Redactor } from '../../core/redact.ts';
import { Secret, Secrets } from '../../core/secret.ts';
import type { TargetCheck } from '../audit-check.ts';
import { secretsOf } from './authorization.ts';
import { type CommunicationsConfig, createCommunications } from './communications.ts';
import { createHealth, type HealthConfig } from './health.ts';
import { checkHttpTarget } from './http-check.ts';
import type { HttpConfig } from './http-config.ts';
import { type CallLog, openHttpTarget, type RequestContext } from './http-target.ts';
import { createNotifications, type NotificationsConfig } from './notifications.ts';
import { createOperations } from './operations.ts';
import type { OperationsConfig } from './operations-config.ts';
import { createReleases, type ReleasesConfig } from './releases.ts';
import { createTenancy, type TenancyConfig } from './tenancy.ts';
import { createHttpTenants, type TenantsConfig, tenantsConfigSchema } from './tenants.ts';

/** The blocks of one target that are served over HTTP. */
export interface HttpBlocks {
  readonly http: HttpConfig;
  readonly tenants?: TenantsConfig | undefined;
  readonly tenancy?: TenancyConfig | undefined;
  readonly notifications?: NotificationsConfig | undefined;
  readonly communications?: CommunicationsConfig | undefined;
  readonly releases?: ReleasesConfig | undefined;
  readonly health?: HealthConfig | undefined;
  readonly operations?: OperationsConfig | undefined;
}

export interface HttpKinds {
  /** What the target's blocks declare. */
  readonly kinds: readonly TargetKind[];
  /** The client of each kind, for one request; each with only what that kind promises and the target's facts. */
  client(kind: TargetKind, context: RequestContext): TargetKinds[TargetKind] | undefined;
  check(): Promise<TargetCheck[]>;
  retire(): Promise<void>;
  close(): Promise<void>;
}

export interface HttpKindsOptions {
  readonly target: TargetInfo;
  readonly blocks: HttpBlocks;
  /** Where tenants are looked up when the target has a directory of its own elsewhere and declares no `tenants:`. */
  readonly otherTenants: TenantDirectory | undefined;
  readonly redactor: Redactor | undefined;
  readonly log: CallLog | undefined;
  readonly now: () => Date;
}

/** Opens everything a target serves over HTTP, on one client. */
export function openHttpKinds(options: HttpKindsOptions): HttpKinds {
  const { target, blocks, otherTenants, redactor, log, now } = options;
  const { http, tenancy, notifications, communications, releases, health, operations } = blocks;
  const own = createRedactor(ownSecrets(blocks));
  const redact = (text: string): string => own.text(redactor === undefined ? text : redactor.text(text));
  const open = openHttpTarget({ target, http, redact, log, now });
  const directory =
    blocks.tenants ?? (otherTenants === undefined ? tenantsConfigSchema.parse({}) : undefined);

  const servedBy: { readonly [Kind in TargetKind]?: (context: RequestContext) => TargetKinds[Kind] } = {
    ...(tenancy && {
      tenancy: (context) => ({ ...withTenants(context), tenancy: createTenancy(open.for(context), tenancy) }),
    }),
    ...(notifications && {
      notifications: (context) => ({
        ...withTenants(context),
        notifications: createNotifications(open.for(context), notifications),
      }),
    }),
    ...(communications && {
      communications: (context) => ({
        ...withTenants(context),
        communications: createCommunications(open.for(context), communications, redact),
      }),
    }),
    ...(releases && {
      releases: (context) => ({ ...target, releases: createReleases(open, context, releases) }),
    }),
    ...(health && {
      health: (context) => ({ ...target, health: createHealth(open.shared, context, health) }),
    }),
    ...(operations && {
      operations: (context) => ({
        ...target,
        operations: createOperations(open.for(context), operations, redact),
      }),
    }),
  };
  const hasTenants = [blocks.tenants, tenancy, notifications, communications].some(
    (block) => block !== undefined,
  );
  const clients: typeof servedBy = { ...(hasTenants && { tenants: withTenants }), ...servedBy };

  function withTenants(context: RequestContext): TargetKinds['tenants'] {
    const tenants = directory === undefined ? otherTenants! : createHttpTenants(open.for(context), directory);
    return { ...target, tenants };
  }

  return {
    kinds: Object.keys(clients) as TargetKind[],
    client: (kind, context) => clients[kind]?.(context),
    check: () =>
      checkHttpTarget({
        shared: open.shared,
        // Something that needs the credential: whether it is accepted shows only there.
        authenticatedPath:
          hasTenants && directory !== undefined
            ? `${directory.endpoints.search.path}?limit=1`
            : releases?.endpoints.releases.path,
      }),
    retire: open.retire,
    close: open.close,
  };
}

function ownSecrets({ http, operations }: HttpBlocks): Secrets {
  const secrets = new Secrets();
  for (const secret of [...secretsOf(http.auth), ...secretsIn(operations)]) secrets.add(secret);
  return secrets;
}

function secretsIn(value: unknown): Secret[] {
  if (value instanceof Secret) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}
