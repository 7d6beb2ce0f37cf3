/**
 * A Slack workspace on the loopback address: a real HTTP and WebSocket server that an app talks to exactly as
 * to Slack, at least as strict. For the demo and the tests; it knows nothing of the app it serves.
 *
 * @example
 * const workspace = await startSlackWorkspace({ manifest });
 * const app = new App({ token: workspace.app.botToken, signingSecret: workspace.app.signingSecret,
 *   clientOptions: { slackApiUrl: workspace.apiUrl } });
 * workspace.deliverByHttp('http://127.0.0.1:3000/slack/events');
 * await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops help' });
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BotDelivery } from './bot/delivery.ts';
import { httpTransport } from './bot/http-transport.ts';
import { SocketMode } from './bot/socket-mode.ts';
import { verifyUrl } from './bot/url-verification.ts';
import type { ClientEvent } from './client-api.ts';
import { clientHttp } from './client-http.ts';
import { type SlackClock, wallClock } from './clock.ts';
import type { Core, SampleMonitoring, TeamSettings } from './core.ts';
import { defaultSeed } from './default-seed.ts';
import { Directory } from './directory.ts';
import { Faults } from './faults.ts';
import { Feed } from './feed.ts';
import { Files } from './files.ts';
import { type AppManifest, readManifest } from './manifest.ts';
import { MessageStore } from './messages.ts';
import { Pending } from './pending.ts';
import { Person } from './people/person.ts';
import { Selections } from './people/selections.ts';
import { type RateLimitOptions, RateLimits } from './rate-limits.ts';
import { type RecordedCall, type RecordedDelivery, Recorder } from './recorder.ts';
import { ResponseUrls } from './response-urls.ts';
import { type Page, routes } from './routes.ts';
import type { Seed, SeedApp } from './seed.ts';
import { loadState, StateFile } from './state-file.ts';
import { Timestamps } from './timestamps.ts';
import { Triggers } from './triggers.ts';
import { Views } from './views.ts';
import { chat } from './web-api/chat.ts';
import { conversations } from './web-api/conversations.ts';
import { webApi } from './web-api/endpoint.ts';
import { people } from './web-api/people.ts';
import { reactionsAndFiles } from './web-api/reactions-and-files.ts';
import { session } from './web-api/session.ts';
import { views } from './web-api/views.ts';

export interface SlackWorkspaceOptions {
  /** The app's manifest, already parsed from YAML or JSON. */
  manifest: unknown;
  /** Default {@link defaultSeed}. */
  seed?: Seed;
  /** Default 0: a free one. */
  port?: number;
  /** Keeps messages over restarts. Default: nothing is kept. */
  stateFile?: string;
  /** Time and timers. Default: the wall clock. */
  clock?: SlackClock;
  /** Milliseconds since the epoch for request signatures, which the app checks by its own clock. Default Date.now. */
  signatureNow?: () => number;
  rateLimits?: RateLimitOptions;
  /** What `/` and `/assets/*` serve. Default: nothing. */
  page?: Page;
  /** What the page's "Send alerts" offers. Default: nothing, and the page does not show it. */
  monitoring?: SampleMonitoring;
}

export interface SlackWorkspace {
  /** `http://127.0.0.1:4711` */
  readonly origin: string;
  /** For `clientOptions.slackApiUrl` and `SLACK_API_URL`. */
  readonly apiUrl: string;
  /** Ids, tokens and the signing secret of the installed app. */
  readonly app: SeedApp;
  readonly manifest: AppManifest;
  readonly directory: Directory;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  readonly settings: TeamSettings;
  readonly socketMode: SocketMode;
  readonly recorder: Recorder;
  readonly calls: readonly RecordedCall[];
  readonly deliveries: readonly RecordedDelivery[];
  /** Everything goes to this URL from now on, signed. Switches Socket Mode off. */
  deliverByHttp(requestUrl: string): void;
  /** Everything goes over Socket Mode from now on, nothing by HTTP. */
  deliverBySocketMode(): void;
  /** Sends the challenge; undefined when the URL answered it, else what Slack would say. */
  verifyRequestUrl(requestUrl: string): Promise<string | undefined>;
  /** A person at their client, by id or name. @throws Error when there is none */
  as(idOrName: string): Person;
  events(since?: number): ClientEvent[];
  /** @returns stops listening */
  onEvent(listener: (event: ClientEvent) => void): () => void;
  /** Resolves when no request to the bot, no action of a person and no Web API call is in progress. */
  idle(): Promise<void>;
  /** Slack is gone: every connection is cut, every request refused. */
  goDown(): void;
  comeBack(): void;
  close(): Promise<void>;
}

/** @throws Error when Slack would refuse the manifest, or the state file is not readable as one */
export async function startSlackWorkspace(options: SlackWorkspaceOptions): Promise<SlackWorkspace> {
  const manifest = readManifest(options.manifest);
  const saved = options.stateFile ? loadState(options.stateFile) : undefined;
  const server = createServer({ keepAliveTimeout: 5000 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const clock = options.clock ?? wallClock();
  const directory = new Directory(options.seed ?? defaultSeed(), manifest);
  const { app } = directory;
  const recorder = new Recorder();
  const faults = new Faults();
  const pending = new Pending();
  const socketMode = new SocketMode(clock, origin, app.appId);
  const bot = new BotDelivery(
    { clock, faults, pending, recorder },
    manifest.isSocketMode ? socketMode : undefined,
  );
  const core: Core = {
    origin,
    clock,
    manifest,
    settings: { editWindowMinutes: undefined },
    directory,
    messages: new MessageStore(saved?.messages),
    timestamps: new Timestamps(saved?.lastTs),
    files: new Files(origin),
    views: new Views(clock),
    triggers: new Triggers(clock),
    responseUrls: new ResponseUrls(clock, origin, directory.team.id),
    feed: new Feed(clock, saved?.sequence),
    bot,
    pending,
    recorder,
    faults,
    limits: new RateLimits(clock, options.rateLimits),
    monitoring: options.monitoring,
  };
  const stateFile = options.stateFile
    ? new StateFile(options.stateFile, () => ({
        sequence: core.feed.sequence,
        lastTs: core.timestamps.last,
        messages: core.messages.all(),
      }))
    : undefined;
  if (stateFile) core.feed.onEvent(() => stateFile.changed());

  const selections = new Selections();
  const personOf = (idOrName: string): Person | undefined => {
    const user =
      idOrName === ''
        ? directory.users.find((one) => !one.isBot && !one.isDeactivated)
        : directory.userNamed(idOrName);
    return user && new Person(core, user, selections);
  };
  const clients = clientHttp(core, port, personOf);
  const methods = {
    ...session(socketMode, () => bot.via === 'socket'),
    ...chat,
    ...conversations,
    ...people,
    ...reactionsAndFiles,
    ...views,
  };
  const handle = routes(core, port, webApi(core, methods), clients, options.page);
  server.on('request', (request, response) => void handle(request, response));
  server.on('upgrade', (request, socket, head) => {
    if (faults.isDown || !request.url?.startsWith('/link/')) socket.destroy();
    else socketMode.upgrade(request, socket, head);
  });

  const transportTo = (requestUrl: string) =>
    httpTransport({
      requestUrl,
      signingSecret: app.signingSecret,
      clock,
      signatureNow: options.signatureNow ?? Date.now,
    });

  return {
    origin,
    apiUrl: `${origin}/api/`,
    app,
    manifest,
    directory,
    faults,
    rateLimits: core.limits,
    settings: core.settings,
    socketMode,
    recorder,
    calls: recorder.calls,
    deliveries: recorder.deliveries,
    deliverByHttp(requestUrl) {
      socketMode.disconnect('link_disabled');
      bot.use(transportTo(requestUrl));
    },
    deliverBySocketMode: () => bot.use(socketMode),
    verifyRequestUrl: (requestUrl) => verifyUrl(transportTo(requestUrl), app.verificationToken),
    as(idOrName) {
      const person = personOf(idOrName);
      if (!person) throw new Error(`The workspace has no user "${idOrName}"; seed it`);
      return person;
    },
    events: (since = 0) => core.feed.since(since),
    onEvent: (listener) => core.feed.onEvent(listener),
    idle: () => pending.idle(),
    goDown() {
      faults.isDown = true;
      socketMode.disconnect('abrupt');
      server.closeIdleConnections();
    },
    comeBack() {
      faults.isDown = false;
    },
    async close() {
      bot.stop();
      socketMode.close();
      clients.close();
      stateFile?.flush();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
