import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { buttons, cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import {
  type AlertScene,
  alertOf,
  nothingOwed,
  notificationOf,
  sendUntilTaken,
} from './alert-crash-scene.ts';
import { type AlertWitness, alertWitness } from './alert-witness.ts';
import { type GuardedBot, startGuardedBot } from './guarded-bot.ts';
import { holdsCommits } from './held-commits.ts';
import type { KillPoint } from './kill-points.ts';

/** Monitoring, and people at their clients, while the bot is killed and started again under their hands. */
export interface CrashedAlerts {
  readonly bot: GuardedBot;
  readonly witness: AlertWitness;
  /** A name for an alert that no other one has. */
  newName(): string;
  /** Ready when it resolves; `done` when the next process serves. */
  killAt(point: Extract<KillPoint, { readonly change: unknown }>): Promise<{ readonly done: Promise<void> }>;
  /** Notifies all that fires of this name so far and this severity with it. Resolves when it was taken. */
  fire(name: string, severity: string): Promise<void>;
  /** All that fired of this name is over. */
  resolve(name: string): Promise<void>;
  /** Clicks, again if that was lost, until the card says so. */
  acknowledge(who: string, name: string): Promise<void>;
  /** Clicks a button of the card, again if that was lost, until `isDone`. */
  press(who: string, name: string, label: string, isDone: () => boolean): Promise<void>;
  nothingOwed(): Promise<void>;
  textOf(message: ClientMessage | undefined): string;
}

const insistMilliseconds = 45_000;

export async function startCrashedAlerts(scene: AlertScene): Promise<CrashedAlerts> {
  const { surroundings } = scene;
  const bot = await startGuardedBot(surroundings);
  const witness = alertWitness(scene);
  const hold = await holdsCommits(surroundings.database);
  const firing = new Map<string, Map<string, Date>>();
  let names = 0;
  let crashes = 0;

  const send = async (name: string, endsAt?: Date) => {
    const alerts = [...(firing.get(name) ?? [])].map(([severity, startsAt]) =>
      alertOf(name, severity, { startsAt, ...(endsAt && { endsAt }) }),
    );
    await sendUntilTaken(bot.url, notificationOf(...alerts));
  };
  const press: CrashedAlerts['press'] = async (who, name, label, isDone) => {
    while (!isDone()) {
      const before = crashes;
      const card = await until(
        () =>
          isDone() ||
          witness.cards(name).find((one) => buttons(one).some((button) => button.label === label)),
        { deadlineMilliseconds: insistMilliseconds, waitingFor: `a card of ${name} with "${label}"` },
      );
      if (card !== true) await bot.click(who, card, label);
      // People press again what a restart has lost, and nothing else.
      await until(() => isDone() || crashes > before, {
        deadlineMilliseconds: insistMilliseconds,
        waitingFor: `"${label}" of ${name} to be done`,
      });
      if (!isDone()) await nothingOwed(surroundings);
    }
  };
  return {
    bot,
    witness,
    newName: () => {
      names += 1;
      return `Noticed${String(names).padStart(3, '0')}`;
    },
    killAt: async ({ change, fate }) => {
      const held = await hold(change);
      return {
        done: held
          .reached()
          .then(() => bot.crash(() => held[fate]()))
          .then(() => {
            crashes += 1;
          }),
      };
    },
    fire: async (name, severity) => {
      const known = firing.get(name) ?? new Map<string, Date>();
      firing.set(name, known.set(severity, new Date()));
      await send(name);
    },
    resolve: (name) => send(name, new Date()),
    acknowledge: (who, name) =>
      press(who, name, 'Acknowledge', () =>
        witness.cards(name).some((card) => cardText(card).includes('Acknowledged by')),
      ),
    press,
    nothingOwed: () => nothingOwed(surroundings),
    textOf: (message) => (message === undefined ? '' : cardText(message)),
  };
}
