import type { ClientUser } from '../slack/client-api.ts';

const hues = 8;

/** Initials on a colour that stays with the person. */
export function Avatar({
  user,
  size = 'normal',
}: {
  user: ClientUser | undefined;
  size?: 'normal' | 'small';
}) {
  const name = user?.realName || user?.name || '?';
  const words = name.split(/\s+/);
  const initials = `${words[0]?.[0] ?? ''}${words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''}`.toUpperCase();
  let hash = 0;
  for (const character of user?.id ?? '') hash = (hash * 31 + character.charCodeAt(0)) % 9973;
  return (
    <span className={`avatar ${size} hue-${user?.isBot ? 'bot' : hash % hues}`} aria-hidden="true">
      {initials}
    </span>
  );
}
