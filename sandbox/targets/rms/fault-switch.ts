import { z } from 'zod';
import { type Answer, HttpProblem, readAs } from './endpoint.ts';
import { type Faults, faultNames } from './faults.ts';

const order = z.strictObject({
  endpoint: z.string().min(1).max(100),
  fault: z.enum(faultNames),
  times: z.coerce.number().int().min(1).max(100_000).optional(),
  delayMilliseconds: z.coerce.number().int().min(0).max(600_000).optional(),
});

/** `GET /faults` shows them, `POST` sets one, `DELETE` clears them: for a demo's user and for other processes. */
export function switchFaults(faults: Faults, method: string, body: unknown): Answer {
  if (method === 'DELETE') faults.clear();
  else if (method === 'POST') setFault(faults, body);
  else if (method !== 'GET') throw new HttpProblem(405, 'method not allowed', { allow: 'GET, POST, DELETE' });
  return { status: 200, body: { faults: faults.active() } };
}

function setFault(faults: Faults, body: unknown): void {
  const wanted = readAs(order, body);
  try {
    faults.set(wanted);
  } catch (error) {
    if (error instanceof RangeError) throw new HttpProblem(400, error.message);
    throw error;
  }
}
