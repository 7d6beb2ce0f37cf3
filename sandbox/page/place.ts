import { useCallback, useEffect, useState } from 'react';

/** Where a person is, as the address bar keeps it: `?user=ada&channel=ops&thread=…&view=phone`. */
export interface Place {
  user: string;
  /** A channel's name or id; empty for the first one. */
  channel: string;
  /** The ts of the thread's first message; empty when none is open. */
  thread: string;
  isPhone: boolean;
}

export function placeOf(search: string): Place {
  const query = new URLSearchParams(search);
  return {
    user: query.get('user') ?? 'ada',
    channel: query.get('channel') ?? '',
    thread: query.get('thread') ?? '',
    isPhone: query.get('view') === 'phone',
  };
}

export function searchOf(place: Place): string {
  const query = new URLSearchParams({ user: place.user });
  if (place.channel) query.set('channel', place.channel);
  if (place.thread) query.set('thread', place.thread);
  if (place.isPhone) query.set('view', 'phone');
  return `?${query}`;
}

/** The place and a way to go elsewhere; Back and Forward work. */
export function usePlace(): [Place, (change: Partial<Place>) => void] {
  const [place, setPlace] = useState(() => placeOf(location.search));
  useEffect(() => {
    const onPop = () => setPlace(placeOf(location.search));
    addEventListener('popstate', onPop);
    return () => removeEventListener('popstate', onPop);
  }, []);
  const go = useCallback((change: Partial<Place>) => {
    const next = { ...placeOf(location.search), ...change };
    const search = searchOf(next);
    if (search !== location.search) history.pushState(null, '', search);
    setPlace(next);
  }, []);
  return [place, go];
}

/** Follows a media query, e.g. the width below which the page is a phone. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const onChange = () => setMatches(media.matches);
    onChange();
    media.addEventListener('change', onChange);
    return () => media.removeEventListener('change', onChange);
  }, [query]);
  return matches;
}
