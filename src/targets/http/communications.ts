import { z } from 'zod';
import type { Communications, Json, JsonObject } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { readAuditLog } from './audit-log.ts';
import { endpoint, filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { maskSettings } from './mask-settings.ts';
import { withQuery } from './path.ts';

/** The `communications:` block; `{}` means every default. */
export const communicationsConfigSchema = z.strictObject({
  endpoints: z
    .strictObject({
      settings: endpoint('GET /api/settings/communications'),
      audit: endpoint('GET /api/audit'),
    })
    .prefault({}),
});

export type CommunicationsConfig = DeepReadonly<z.output<typeof communicationsConfigSchema>>;

const settingsAnswer = z.record(z.string(), z.json()) as z.ZodType<JsonObject>;

export function createCommunications(
  http: HttpClient,
  { endpoints }: CommunicationsConfig,
  redact: (text: string) => string,
): Communications {
  return {
    async settings(tenant) {
      const path = withQuery(filledPath(endpoints.settings), { tenantId: tenant.id });
      return maskSettings((await http.get(path, settingsAnswer)) as Json, redact) as JsonObject;
    },
    auditLog: (tenant, filter) =>
      readAuditLog(
        http,
        endpoints.audit,
        { kind: 'settings', id: tenant.id },
        { section: 'communications', ...filter },
      ),
  };
}
