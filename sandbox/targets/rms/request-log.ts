/** A request that arrived, whatever became of it. */
export interface ArrivedRequest {
  /** Milliseconds since the epoch with a fraction, by this process's monotonic clock. */
  readonly arrivedAtMilliseconds: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Undefined when no endpoint was found, or nobody had the right to reach one. */
  endpoint: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string;
  /** What was answered; undefined while it is not, and for good when the connection was cut. */
  status: number | undefined;
  hadEffect: boolean;
}

/** A demo may run for days; a measurement looks at less than this. */
const mostRequests = 50_000;

export class RequestLog {
  private entries: ArrivedRequest[] = [];

  add(entry: ArrivedRequest): void {
    this.entries.push(entry);
    if (this.entries.length > 2 * mostRequests) this.entries = this.entries.slice(-mostRequests);
  }

  since(milliseconds: number): ArrivedRequest[] {
    return this.entries.filter(({ arrivedAtMilliseconds }) => arrivedAtMilliseconds >= milliseconds);
  }
}
