import fc from '../../support/properties.ts';

const pieces = [
  '<!channel>',
  '<@U0ADA>',
  '<https://evil.example|click>',
  '&lt;',
  '&',
  '@here',
  ':skull:',
  '*bold*',
  '`code`',
  '\ud800',
  '\udc00',
  '\u202e',
  '\u200b',
  '\u0000',
  '\u001b[31m',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '😀',
  '👨‍👩‍👧',
  'é',
  'word ',
  'x'.repeat(100),
];

/** Any text a target, an alert or a person could hand us. */
export const hostileText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 400 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      'x'.repeat(1_000_000),
      '<!channel>'.repeat(100_000),
      '\ud83d'.repeat(5000),
    ),
  },
);

export const hostileLine = fc.oneof(
  hostileText,
  fc.array(
    fc.oneof(
      hostileText,
      fc.record({ bold: hostileText }),
      fc.record({ code: hostileText }),
      fc.record({ italic: hostileText }),
      fc.record({ user: fc.oneof(fc.constant('U0ADA'), hostileText) }),
      fc.record({ person: fc.oneof(fc.constant('U0ADA'), hostileText) }),
      fc.record({ channel: fc.oneof(fc.constant('C0OPS'), hostileText) }),
      fc.record({ date: fc.date({ noInvalidDate: false }) }),
      fc.record({
        link: fc.oneof(fc.webUrl(), hostileText, fc.constant('javascript:alert(1)')),
        label: hostileText,
      }),
    ),
    { maxLength: 8 },
  ),
);

/** Every string in a value, wherever it is. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(stringsIn);
  return [];
}
