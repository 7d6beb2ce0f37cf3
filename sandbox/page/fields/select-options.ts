import { useEffect, useState } from 'react';
import { useSurface } from '../surface.tsx';
import { useClient } from '../workspace-context.tsx';
import { type Choice, choiceOf, type ElementJson } from './element.ts';

export interface Offer {
  choices: readonly Choice[];
  /** What the list says instead of, or above, its options. */
  note?: string;
}

/** Slack's default for `min_query_length`. */
const defaultMinQueryLength = 3;
/** Long enough that a word typed at speed is one request. */
const typingPauseMilliseconds = 150;

/** The options a select offers for what is typed: its own, the workspace's people or channels, or the app's. */
export function useOffer(element: ElementJson, blockId: string, typed: string, isOpen: boolean): Offer {
  const isExternal = element.type.endsWith('external_select');
  const external = useExternal(element, blockId, typed, isOpen && isExternal);
  const { workspace } = useClient();
  if (isExternal) return external;
  const choices = localChoices(element, workspace).filter((choice) => matches(choice, typed));
  return choices.length > 0 ? { choices } : { choices, note: 'No results' };
}

function localChoices(element: ElementJson, workspace: ReturnType<typeof useClient>['workspace']): Choice[] {
  if (element.type.endsWith('users_select')) {
    return workspace.users
      .filter((user) => !user.isDeactivated)
      .map((user) => ({ label: user.name, value: user.id, description: user.realName }));
  }
  if (element.type.endsWith('channels_select') || element.type.endsWith('conversations_select')) {
    return workspace.channels
      .filter((channel) => channel.kind === 'channel')
      .map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
  }
  const grouped = (element.option_groups ?? []).flatMap((group) =>
    group.options.map((option) => ({ ...choiceOf(option), group: group.label.text })),
  );
  return [...(element.options ?? []).map(choiceOf), ...grouped];
}

function matches(choice: Choice, typed: string): boolean {
  const words = `${choice.label} ${choice.description ?? ''}`.toLowerCase();
  return words.includes(typed.trim().toLowerCase());
}

function useExternal(element: ElementJson, blockId: string, typed: string, isActive: boolean): Offer {
  const surface = useSurface();
  const [offer, setOffer] = useState<Offer>({ choices: [] });
  const needed = element.min_query_length ?? defaultMinQueryLength;
  const actionId = element.action_id ?? '';
  const isLongEnough = typed.length >= needed;
  // The surface object changes with every render of its owner; what it searches does not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: search again only for another text or field
  useEffect(() => {
    if (!isActive || !isLongEnough) return;
    let isStale = false;
    const timer = setTimeout(async () => {
      setOffer((previous) => ({ ...previous, note: 'Searching…' }));
      const result = await surface.search(blockId, actionId, typed);
      // A slow answer to "ac" must not replace the one to "acme".
      if (isStale) return;
      if (!result.ok)
        setOffer({ choices: [], note: `Options could not be loaded (${result.error ?? 'no reason'})` });
      else if (result.options.length === 0) setOffer({ choices: [], note: 'No results' });
      else setOffer({ choices: result.options });
    }, typingPauseMilliseconds);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [isActive, isLongEnough, typed, blockId, actionId]);
  if (isLongEnough) return offer;
  const missing = needed === 1 ? 'Type to search' : `Type at least ${needed} characters to search`;
  return { choices: [], note: missing };
}
