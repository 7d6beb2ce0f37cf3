/** Items of a list are separated by commas (in a modal also by line breaks); `\,` is a comma inside an item. */
export function splitList(text: string): string[] {
  const items = [''];
  for (let position = 0; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === '\\' && /[\\,]/.test(text.charAt(position + 1))) {
      position += 1;
      items.push((items.pop() ?? '') + text.charAt(position));
    } else if (character === ',' || character === '\n') items.push('');
    else items.push((items.pop() ?? '') + character);
  }
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** One item per line, as {@link splitList} reads them back. */
export function listText(items: readonly unknown[]): string {
  return items.map((item) => String(item).replace(/[\\,]/g, '\\$&')).join('\n');
}
