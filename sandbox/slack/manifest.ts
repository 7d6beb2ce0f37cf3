/**
 * The app as its manifest declares it, with the limits Slack puts on a manifest:
 * https://docs.slack.dev/reference/app-manifest. What the manifest does not grant, the workspace refuses.
 */
import { z } from 'zod';
import { scopesOfEvent } from './event-scopes.ts';

const webUrl = z.url({ protocol: /^https?$/ }).max(3000);

const slashCommand = z.strictObject({
  command: z.string().regex(/^\/[^\s/]{1,31}$/, 'a command is a slash and up to 31 characters, no spaces'),
  description: z.string().min(1).max(2000),
  usage_hint: z.string().max(1000).optional(),
  should_escape: z.boolean().optional(),
  url: webUrl.optional(),
});
const shortcut = z.strictObject({
  name: z.string().min(1).max(24),
  type: z.enum(['message', 'global']),
  callback_id: z.string().min(1).max(255),
  description: z.string().min(1).max(150),
});

const manifestSchema = z
  .strictObject({
    _metadata: z
      .strictObject({ major_version: z.int().optional(), minor_version: z.int().optional() })
      .optional(),
    display_information: z.strictObject({
      name: z.string().min(1).max(35),
      description: z.string().max(140).optional(),
      long_description: z.string().min(174).max(4000).optional(),
      background_color: z
        .string()
        .regex(/^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)
        .optional(),
    }),
    features: z
      .strictObject({
        app_home: z
          .strictObject({
            home_tab_enabled: z.boolean().optional(),
            messages_tab_enabled: z.boolean().optional(),
            messages_tab_read_only_enabled: z.boolean().optional(),
          })
          .optional(),
        bot_user: z
          .strictObject({ display_name: z.string().min(1).max(80), always_online: z.boolean().optional() })
          .optional(),
        shortcuts: z.array(shortcut).max(10).optional(),
        slash_commands: z.array(slashCommand).max(50).optional(),
        unfurl_domains: z.array(z.string()).max(5).optional(),
      })
      .optional(),
    oauth_config: z.strictObject({
      redirect_urls: z.array(webUrl).max(1000).optional(),
      scopes: z.strictObject({
        bot: z.array(z.string().min(1)).max(255).optional(),
        user: z.array(z.string().min(1)).max(255).optional(),
      }),
    }),
    settings: z.strictObject({
      allowed_ip_address_ranges: z.array(z.string()).max(10).optional(),
      event_subscriptions: z
        .strictObject({
          request_url: webUrl.optional(),
          bot_events: z.array(z.string()).max(100).optional(),
          user_events: z.array(z.string()).max(100).optional(),
        })
        .optional(),
      interactivity: z
        .strictObject({
          is_enabled: z.boolean(),
          request_url: webUrl.optional(),
          message_menu_options_url: webUrl.optional(),
        })
        .optional(),
      org_deploy_enabled: z.boolean().optional(),
      socket_mode_enabled: z.boolean().optional(),
      token_rotation_enabled: z.boolean().optional(),
    }),
  })
  .superRefine((manifest, context) => {
    const problem = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const scopes = manifest.oauth_config.scopes.bot ?? [];
    const commands = manifest.features?.slash_commands ?? [];
    const shortcuts = manifest.features?.shortcuts ?? [];
    const events = manifest.settings.event_subscriptions;
    const isSocketMode = manifest.settings.socket_mode_enabled === true;
    if (scopes.length > 0 && !manifest.features?.bot_user)
      problem('bot scopes need a bot_user', 'features', 'bot_user');
    if (new Set(scopes).size !== scopes.length) problem('scopes repeat', 'oauth_config', 'scopes', 'bot');
    if (commands.length + shortcuts.length > 0 && !scopes.includes('commands'))
      problem('slash commands and shortcuts need the scope "commands"', 'oauth_config', 'scopes', 'bot');
    for (const type of ['message', 'global']) {
      if (shortcuts.filter((entry) => entry.type === type).length > 5)
        problem(`at most 5 ${type} shortcuts`, 'features', 'shortcuts');
    }
    for (const name of events?.bot_events ?? []) {
      const needed = scopesOfEvent(name);
      const path = ['settings', 'event_subscriptions', 'bot_events'];
      if (!needed) problem(`the workspace knows no event "${name}"`, ...path);
      else if (needed.length > 0 && !needed.some((scope) => scopes.includes(scope)))
        problem(`event "${name}" needs the scope "${needed.join('" or "')}"`, ...path);
    }
    if (isSocketMode) return;
    if ((events?.bot_events?.length ?? 0) > 0 && !events?.request_url)
      problem('needed unless socket_mode_enabled', 'settings', 'event_subscriptions', 'request_url');
    const interactivity = manifest.settings.interactivity;
    if (interactivity?.is_enabled && !interactivity.request_url)
      problem('needed unless socket_mode_enabled', 'settings', 'interactivity', 'request_url');
    commands.forEach((entry, index) => {
      if (!entry.url)
        problem('needed unless socket_mode_enabled', 'features', 'slash_commands', index, 'url');
    });
  });

export interface AppManifest {
  name: string;
  botName: string;
  scopes: readonly string[];
  botEvents: readonly string[];
  commands: readonly { command: string; description: string; usageHint: string; shouldEscape: boolean }[];
  shortcuts: readonly { name: string; type: 'message' | 'global'; callbackId: string; description: string }[];
  isInteractive: boolean;
  /** Option searches over HTTP need `message_menu_options_url`; over Socket Mode they need nothing. */
  hasOptionsUrl: boolean;
  isSocketMode: boolean;
  hasHomeTab: boolean;
  hasMessagesTab: boolean;
  isMessagesTabReadOnly: boolean;
}

/** @throws Error listing every problem with its place in the manifest. */
export function readManifest(manifest: unknown): AppManifest {
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`,
    );
    throw new Error(`Slack would refuse this app manifest; correct:\n${problems.join('\n')}`);
  }
  const { features, settings, oauth_config, display_information } = parsed.data;
  return {
    name: display_information.name,
    botName: features?.bot_user?.display_name ?? display_information.name,
    scopes: oauth_config.scopes.bot ?? [],
    botEvents: settings.event_subscriptions?.bot_events ?? [],
    commands: (features?.slash_commands ?? []).map((entry) => ({
      command: entry.command,
      description: entry.description,
      usageHint: entry.usage_hint ?? '',
      shouldEscape: entry.should_escape ?? false,
    })),
    shortcuts: (features?.shortcuts ?? []).map((entry) => ({
      name: entry.name,
      type: entry.type,
      callbackId: entry.callback_id,
      description: entry.description,
    })),
    isInteractive: settings.interactivity?.is_enabled ?? false,
    hasOptionsUrl: settings.interactivity?.message_menu_options_url !== undefined,
    isSocketMode: settings.socket_mode_enabled ?? false,
    hasHomeTab: features?.app_home?.home_tab_enabled ?? false,
    hasMessagesTab: features?.app_home?.messages_tab_enabled ?? false,
    isMessagesTabReadOnly: features?.app_home?.messages_tab_read_only_enabled ?? false,
  };
}
