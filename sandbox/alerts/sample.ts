import type { SampleDelivery, SampleSecrets } from './delivery.ts';

/** From the first firing to the resolve: what a source remembers of its own alert. */
export interface Episode {
  readonly startedAt: Date;
  /** Set once it became worse. */
  readonly worseAt?: Date | undefined;
}

export interface SampleMoment {
  readonly now: Date;
  readonly episode: Episode;
  /** It was sent before in this episode, and nothing has changed since. */
  readonly isRepeat: boolean;
  readonly isOver: boolean;
  readonly secrets: SampleSecrets;
  /** Never the same twice, as the ids of real notifications. */
  readonly newId: () => string;
}

export interface Sample {
  /** What it shows, for lists of the samples. */
  readonly summary: string;
  readonly canBecomeWorse?: boolean;
  /** False where the source never says that it is over. Default true. */
  readonly canResolve?: boolean;
  /** Lists that go out side by side; within one, in order. */
  deliveries(moment: SampleMoment): SampleDelivery[][];
}
