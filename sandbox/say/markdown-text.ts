/** The `markdown` block's Markdown with its marks taken off; lists, quotes and tables read well as they are. */
export function markdownText(source: string): string {
  return source
    .split('```')
    .map((part, index) =>
      index % 2 === 1 ? part.replace(/^\w*\n|\n$/g, '').replace(/^/gm, '    ') : unmarked(part),
    )
    .join('')
    .replace(/^\n+|\n+$/g, '');
}

function unmarked(text: string): string {
  return text
    .replace(/^#{1,6} +(.*?)(?: +#+)?$/gm, '$1')
    .replace(/^(\s*)[*+-] +/gm, '$1• ')
    .replace(/!\[([^\]\n]*)\]\([^)\n]*\)/g, '(image: $1)')
    .replace(/\[([^\]\n]+)\]\(([^)\s]+)\)/g, '$1 ($2)')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\p{L}\p{N}*_])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\p{L}\p{N}*_])/gu, '$2')
    .replace(/`([^`\n]+)`/g, '$1');
}
