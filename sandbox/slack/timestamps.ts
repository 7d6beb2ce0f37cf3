/** Message timestamps: `1732127722.000100`, unique in the workspace and increasing, so they serve as ids. */
export class Timestamps {
  private lastMicroseconds: bigint;

  constructor(last = '0.000000') {
    this.lastMicroseconds = BigInt(last.replace('.', ''));
  }

  next(nowMilliseconds: number): string {
    const wanted = BigInt(Math.floor(nowMilliseconds)) * 1000n;
    this.lastMicroseconds = wanted > this.lastMicroseconds ? wanted : this.lastMicroseconds + 1n;
    const digits = this.lastMicroseconds.toString().padStart(7, '0');
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }

  get last(): string {
    const digits = this.lastMicroseconds.toString().padStart(7, '0');
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }
}

/** Equal lengths compare as text; all of this century's do. */
export const compareTs = (a: string, b: string): number =>
  Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

export const isTs = (value: string): boolean => /^\d{1,12}\.\d{6}$/.test(value);
