import type { Environment } from '../../config/environment.ts';
import type { Log } from '../../log.ts';
import { connectRedis } from '../../redis/connection.ts';
import type { Finding } from '../doctor.ts';

export async function checkRedis({ redisUrl }: Environment, log: Log): Promise<Finding[]> {
  if (redisUrl === undefined) {
    return [{ what: 'redis', status: 'ok', detail: 'not used: right for one process' }];
  }
  const connection = connectRedis({ url: redisUrl.reveal(), log });
  try {
    const problem = await connection.problem();
    if (problem === undefined) return [{ what: 'redis', status: 'ok', detail: 'answers' }];
    const fix = 'Start Redis or correct REDIS_URL; until then each process paces by itself.';
    return [{ what: 'redis', status: 'failed', detail: problem, fix }];
  } finally {
    await connection.close();
  }
}
