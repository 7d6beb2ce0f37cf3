/** The few emoji names operators' messages use; an unknown `:name:` stays as written, as in Slack. */
const emoji: Record<string, string> = {
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  warning: '⚠️',
  no_entry: '⛔',
  rotating_light: '🚨',
  red_circle: '🔴',
  large_yellow_circle: '🟡',
  large_green_circle: '🟢',
  large_orange_circle: '🟠',
  white_circle: '⚪',
  large_blue_circle: '🔵',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  lock: '🔒',
  unlock: '🔓',
  key: '🔑',
  bell: '🔔',
  no_bell: '🔕',
  eyes: '👀',
  fire: '🔥',
  wave: '👋',
  tada: '🎉',
  memo: '📝',
  mag: '🔍',
  link: '🔗',
  gear: '⚙️',
  hammer_and_wrench: '🛠️',
  question: '❓',
  exclamation: '❗',
  information_source: 'ℹ️',
  arrow_right: '➡️',
  repeat: '🔁',
  stopwatch: '⏱️',
  pushpin: '📌',
  '+1': '👍',
  thumbsup: '👍',
  '-1': '👎',
  thumbsdown: '👎',
  raised_hands: '🙌',
  pray: '🙏',
  robot_face: '🤖',
};

export function emojiNamed(name: string): string {
  return emoji[name] ?? `:${name}:`;
}

export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+):/g, (_, name: string) => emojiNamed(name));
}
