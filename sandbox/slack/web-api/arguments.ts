/** One call's arguments: form fields carry JSON as text, JSON bodies carry it as it is; both are read alike. */
import { missingArgument, refusalWithMessages, SlackRefusal } from '../refusal.ts';

export class Arguments {
  private readonly values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.values = values;
  }

  has(name: string): boolean {
    const value = this.values[name];
    return value !== undefined && value !== null && value !== '';
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  /** @throws SlackRefusal invalid_arguments when it is missing or empty */
  need(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw missingArgument(name);
    return value;
  }

  truth(name: string): boolean {
    return ['true', '1'].includes(this.text(name) ?? '');
  }

  /** Bounded by what Slack accepts. @throws SlackRefusal invalid_limit */
  limit(usual: number, most: number): number {
    const given = this.text('limit');
    if (given === undefined || given === '') return usual;
    const limit = Number(given);
    if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new SlackRefusal('invalid_limit');
    return limit;
  }

  /** @throws SlackRefusal `broken` when the text is not JSON */
  json(name: string, broken: string): unknown {
    const value = this.values[name];
    if (typeof value !== 'string') return value ?? undefined;
    if (value === '') return undefined;
    try {
      return JSON.parse(value);
    } catch {
      if (broken !== 'invalid_arguments') throw new SlackRefusal(broken);
      throw refusalWithMessages(broken, [`[ERROR] invalid JSON [json-pointer:/${name}]`]);
    }
  }

  list(name: string): string[] {
    return (this.text(name) ?? '').split(',').filter((entry) => entry !== '');
  }
}
