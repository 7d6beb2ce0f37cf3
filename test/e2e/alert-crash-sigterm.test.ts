import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { until } from '../support/until.ts';
import {
  alertOf,
  firstCalled,
  nothingOwed,
  notificationOf,
  type Post,
  post,
  startAlertScene,
} from './alert-crash-scene.ts';
import { alertWitness } from './alert-witness.ts';
import { verifyLedger } from './killed-process.ts';

const testMilliseconds = 90_000;

describe('a process told to stop in the middle of a storm', async () => {
  const scene = await startAlertScene();
  endProcessesAfterwards();
  const { surroundings } = scene;
  const witness = alertWitness(scene);

  it(
    'answers what has reached it, loses nothing that it took, and leaves the rest to the next one',
    async () => {
      const bot = await startCountersignProcess(surroundings);
      const names = Array.from({ length: 20 }, (_, index) => `Ending${String(index).padStart(2, '0')}`);
      const posts = new Map(
        names.map((name) => [name, notificationOf(alertOf(name, 'critical', { startsAt: new Date() }))]),
      );
      const send = (url: string, some: readonly string[]) =>
        Promise.all(some.map((name) => post(`${url}/hooks/prometheus`, posts.get(name)!)));
      const storm = send(bot.url, names.slice(0, 8));
      const begun = await Promise.all(names.slice(8, 16).map((name) => begin(bot.url, posts.get(name)!)));
      const stopped = bot.stop();
      await refusesOthers(bot.url);
      const answers = await Promise.all(begun.map((finish) => finish()));
      expect(answers).toEqual(answers.map(() => 202));
      expect(await stopped).toBe(0);
      const late = await send(bot.url, names.slice(16));
      expect(late).toEqual(late.map(() => 'lost'));

      const next = await startCountersignProcess(surroundings);
      const stormed = await storm;
      expect(['lost', 202]).toEqual(expect.arrayContaining([...new Set(stormed)]));
      const unanswered = names.filter((_, index) => index >= 16 || stormed[index] === 'lost');
      const again = await send(next.url, unanswered);
      expect(again).toEqual(again.map(() => 202));
      await nothingOwed(surroundings);
      for (const name of names) {
        expect(witness.cards(name)).toHaveLength(1);
        expect(witness.calls(name, firstCalled)).toBe(1);
        expect(witness.incidents(name)).toMatchObject([{ status: 'triggered' }]);
      }
      const { code, text } = await verifyLedger(surroundings.database.appUrl);
      expect(code, text).toBe(0);
    },
    testMilliseconds,
  );
});

/** The bot has read the head and waits for the body. @returns sends that, and gives the answer's status */
async function begin(url: string, { path, headers, body }: Post): Promise<() => Promise<number>> {
  const going: ClientRequest = request(url + path, {
    method: 'POST',
    agent: false,
    headers: { ...headers, expect: '100-continue', 'content-length': String(body.length) },
  });
  going.flushHeaders();
  const answered = once(going, 'response') as Promise<[IncomingMessage]>;
  // Looked at once it is asked for.
  answered.catch(() => undefined);
  await once(going, 'continue');
  return async () => {
    going.end(body);
    const [response] = await answered;
    response.resume();
    return response.statusCode ?? 0;
  };
}

async function refusesOthers(url: string): Promise<void> {
  await until(
    () =>
      fetch(`${url}/health`, { headers: { connection: 'close' } }).then(
        () => false,
        () => true,
      ),
    { deadlineMilliseconds: 30_000, waitingFor: 'new connections to be refused' },
  );
}
