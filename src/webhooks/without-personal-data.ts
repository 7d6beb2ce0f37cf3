/**
 * An error message without the addresses and numbers of people that mail and SMS providers quote in it:
 * `550 no such user <anna@example.com>`, `unreachable: +44 7700 900123`.
 */
export function withoutPersonalData(message: string): string {
  return (
    message
      // Bounded before the expressions: a message is read to its first lines anyway.
      .slice(0, 2_000)
      .replaceAll(/[^\s<>"'(),;:@]{1,128}@[^\s<>"'(),;:@]{1,255}/g, '…@…')
      .replaceAll(/\+?\d(?:[\s().-]{0,2}\d){6,20}/g, '…')
  );
}
