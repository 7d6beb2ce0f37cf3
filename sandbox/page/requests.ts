import type {
  ActionResult,
  ClientAction,
  ClientState,
  OptionsQuery,
  OptionsResult,
} from '../slack/client-api.ts';

/** The person the contract's examples name: whose state is read to learn everybody's ids. */
const anyUser = 'U0ADA';

async function post<Result>(path: string, body: unknown, failed: (error: string) => Result): Promise<Result> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) return failed(`the workspace answered ${response.status}`);
    return (await response.json()) as Result;
  } catch {
    return failed('the workspace cannot be reached');
  }
}

/** Never rejects: a workspace that is gone is a refusal like any other. */
export function act(user: string, action: ClientAction): Promise<ActionResult> {
  return post('/client/do', { user, action }, (error) => ({ ok: false, error }));
}

export function searchOptions(user: string, query: OptionsQuery): Promise<OptionsResult> {
  return post('/client/options', { user, query }, (error) => ({ ok: false, error, options: [] }));
}

/** Has monitoring send something to the app; resolves once the app has taken it. Never rejects. */
export function sendAlert(sample: string): Promise<ActionResult> {
  return post('/client/alert', { sample }, (error) => ({ ok: false, error }));
}

async function stateOf(id: string): Promise<ClientState | undefined> {
  const query = id === '' ? '' : `?user=${encodeURIComponent(id)}`;
  const response = await fetch(`/client/state${query}`, { cache: 'no-store' });
  return response.ok ? ((await response.json()) as ClientState) : undefined;
}

/**
 * The state as one person sees it. `who` is an id or a name, as in `?user=ada`.
 * @throws when the workspace knows no such person or cannot be reached.
 */
export async function readState(who: string): Promise<ClientState> {
  if (/^[UW][A-Z0-9]+$/.test(who)) {
    const state = await stateOf(who);
    if (state) return state;
  }
  const somebody = (await stateOf(anyUser)) ?? (await stateOf(''));
  if (!somebody) throw new Error('The workspace answers, but lists no people.');
  const wanted = somebody.users.find((user) => user.name === who || user.id === who);
  if (!wanted) {
    const names = somebody.users.filter((user) => !user.isBot).map((user) => user.name);
    throw new Error(`Nobody here is called "${who}". Try ${names.slice(0, 6).join(', ')}.`);
  }
  if (wanted.id === somebody.me.id) return somebody;
  const state = await stateOf(wanted.id);
  if (!state) throw new Error(`The workspace would not show what "${who}" sees.`);
  return state;
}
