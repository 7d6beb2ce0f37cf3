/**
 * What ought to be so, told apart from the code under test: from the rules people were promised and the facts about the
 * sources alone. Times are minutes since the world began.
 */
export type Level = 'critical' | 'high' | 'warning' | 'info';
const levels: readonly Level[] = ['info', 'warning', 'high', 'critical'];
const loudness = (level: Level) => levels.indexOf(level);
const worstOf = (all: readonly Level[]) =>
  all.reduce((one, other) => (loudness(other) > loudness(one) ? other : one));

/** How a source tells its notifications apart. */
export type Speech = 'plain' | 'starts' | 'ordered' | 'quiet' | 'rate';

export interface Heard {
  readonly key: string;
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: Level;
  /** Start or place in the source's order. */
  readonly episode: number;
}

export const quietMinutes = 45;
export const rate = { count: 3, withinMinutes: 5 };
const copyMinutes = 10;
const reopenMinutes = 720;
const flapping = { changes: 4, minutes: 10 };
const level2 = { unacknowledged: 5, unresolved: 30 } as const;

/** One alert: what its source has said of it, and when somebody or time ended it. */
class Alert {
  severity: Level = 'warning';
  hasFired = false;
  #isFiring = false;
  #episode = Number.NEGATIVE_INFINITY;
  #endedAt: number | undefined;

  get isFiring() {
    return this.#isFiring;
  }

  /** When what was taken for a copy is looked at again: nothing but a place in an order is late for good. */
  lookAgainAt(note: Heard, speech: Speech): number | undefined {
    const isOfItsEpisode = speech === 'starts' && note.episode === this.#episode;
    if (!isOfItsEpisode || note.status === 'resolved' || this.#isFiring || !this.hasFired) return undefined;
    return (this.#endedAt ?? 0) + copyMinutes;
  }

  end(at: number) {
    if (this.#isFiring) this.#endedAt = at;
    this.#isFiring = false;
  }

  /** A late or repeated notification, which neither reopens nor closes. */
  isLate(note: Heard, speech: Speech, at: number): boolean {
    if (speech !== 'starts' && speech !== 'ordered') return false;
    if (note.episode !== this.#episode) return note.episode < this.#episode;
    if (note.status === 'resolved' || this.#isFiring) return false;
    // A place in an order is one event for ever; a start is a copy for some minutes.
    return speech === 'ordered' || at - (this.#endedAt ?? at) < copyMinutes;
  }

  hear(note: Heard, at: number): void {
    const isNew = note.episode > this.#episode;
    this.#episode = note.episode;
    if (note.status === 'resolved') {
      if (this.#isFiring || isNew) this.#endedAt = at;
      this.#isFiring = false;
      return;
    }
    this.#isFiring = true;
    this.hasFired = true;
    this.severity = note.severity;
  }
}

export interface ToldReply {
  readonly kind: 'worse' | 'reopened' | 'escalated';
  readonly isCalling: boolean;
}

/** One group and everything people were told of it. */
export class ExpectedGroup {
  readonly alerts = new Map<string, Alert>();
  readonly replies: ToldReply[] = [];
  readonly pages: string[] = [];
  state: 'firing' | 'resolved' = 'resolved';
  severity: Level = 'info';
  /** The worst people know of in this episode. */
  told: Level = 'info';
  setByPerson = false;
  hasCard = false;
  isCardCalling = false;
  calls = 0;
  escalations = 0;
  isPaged = false;
  calledAt: number | undefined;
  escalatedAt: number | undefined;
  acknowledgedBy: string | undefined;
  hasIncident = false;
  endedAt = 0;
  lastHeardAt = 0;
  silence: number | undefined;
  flips: number[] = [];
  dueUnacknowledged: number | undefined;
  dueUnresolved: number | undefined;
  dueQuiet: number | undefined;
  dueLook: number | undefined;
  isClosedByPerson = false;
  /** Of the last delivery about it. */
  lastWords: readonly Heard[] = [];
  readonly id: string;
  readonly source: string;
  readonly key: string;
  constructor(id: string, source: string, key: string) {
    this.id = id;
    this.source = source;
    this.key = key;
  }

  get firing() {
    return [...this.alerts.values()].filter(({ isFiring }) => isFiring);
  }

  get resolvedCount() {
    return [...this.alerts.values()].filter(({ isFiring, hasFired }) => hasFired && !isFiring).length;
  }

  get hasBegun() {
    return [...this.alerts.values()].some(({ hasFired }) => hasFired);
  }

  isFlapping(at: number) {
    return this.flips.filter((flip) => flip > at - flapping.minutes).length >= flapping.changes;
  }
}

export interface ExpectedSilence {
  readonly id: number;
  readonly covers: (group: ExpectedGroup) => boolean;
  readonly until: number;
  isEnded: boolean;
}

export class AlertOracle {
  /** In the order they began. */
  readonly groups: ExpectedGroup[] = [];
  readonly silences: ExpectedSilence[] = [];
  readonly #current = new Map<string, ExpectedGroup>();
  readonly #samples = new Map<string, number[]>();

  /** @param at when it came. @param now when it was understood. */
  hear(source: Speech, notes: readonly Heard[], at: number, now: number): void {
    const before = new Map<
      string,
      { group: ExpectedGroup | undefined; isFiring: boolean; hasBegun: boolean }
    >();
    const touched = new Set<string>();
    for (const note of notes) {
      const place = `${source} ${note.key}`;
      const known = this.#current.get(place);
      if (!before.has(place)) {
        before.set(place, {
          group: known,
          isFiring: known?.state === 'firing',
          hasBegun: known?.hasBegun ?? false,
        });
      }
      touched.add(place);
      if (source === 'rate' && note.status === 'firing' && !this.#isEnough(place, note, at)) continue;
      this.#note(place, source, note, at);
    }
    for (const place of touched) {
      const group = this.#current.get(place);
      if (group === undefined) continue;
      group.lastWords = notes.filter(({ key }) => key === group.key);
      const was = before.get(place)!;
      const isSame = was.group === group;
      this.#settle(group, { isFiring: isSame && was.isFiring, hasBegun: isSame && was.hasBegun }, at, now);
    }
  }

  #isEnough(place: string, { fingerprint }: Heard, at: number): boolean {
    const name = `${place} ${fingerprint}`;
    const times = [...(this.#samples.get(name) ?? []), at];
    this.#samples.set(name, times);
    return times.filter((time) => time > at - rate.withinMinutes).length >= rate.count;
  }

  #note(place: string, source: Speech, note: Heard, at: number): void {
    let group = this.#current.get(place);
    let alert = group?.alerts.get(note.fingerprint);
    if (group !== undefined && alert?.isLate(note, source, at) === true) {
      const lookAgainAt = alert.lookAgainAt(note, source);
      const isByPerson = group.state === 'resolved' && group.isClosedByPerson;
      if (lookAgainAt !== undefined && !isByPerson) group.dueLook = lookAgainAt;
      return;
    }
    const isLongOver = group?.state === 'resolved' && at - group.endedAt > reopenMinutes;
    if (isLongOver && note.status === 'firing') {
      group = undefined;
      alert = undefined;
    }
    // Who says that it is over, of what nobody knows and cannot be told apart, says nothing.
    const isTold = source === 'starts' || source === 'ordered';
    if (alert === undefined && note.status === 'resolved' && !isTold) return;
    if (group === undefined) {
      group = new ExpectedGroup(
        `g-${String(this.groups.length + 1).padStart(4, '0')}`,
        source,
        place.split(' ')[1]!,
      );
      group.endedAt = at;
      this.groups.push(group);
      this.#current.set(place, group);
    }
    alert ??= new Alert();
    alert.hear(note, at);
    group.alerts.set(note.fingerprint, alert);
    group.lastHeardAt = Math.max(group.lastHeardAt, at);
  }

  #settle(
    group: ExpectedGroup,
    was: { isFiring: boolean; hasBegun: boolean },
    at: number,
    now: number,
  ): void {
    const { firing } = group;
    const severityBefore = group.severity;
    const wasHidden = group.silence !== undefined;
    const isNow = firing.length > 0;
    const begins = isNow && !was.isFiring;
    const isReopened = begins && was.hasBegun;
    group.state = isNow ? 'firing' : 'resolved';
    if (isReopened || (was.isFiring && !isNow)) group.flips.push(at);
    if (isReopened) {
      group.setByPerson = false;
      group.acknowledgedBy = undefined;
      if (!group.isFlapping(at)) {
        group.calledAt = undefined;
        group.escalatedAt = undefined;
      }
    }
    if (isNow && !group.setByPerson) group.severity = worstOf(firing.map(({ severity }) => severity));
    if (begins) group.told = group.severity;
    const isWorse = !begins && isNow && loudness(group.severity) > loudness(group.told);
    if (isWorse && group.severity === 'critical' && severityBefore !== 'critical')
      group.acknowledgedBy = undefined;
    if (was.isFiring && !isNow) {
      this.#over(group, at);
    }
    if (begins && (group.source === 'quiet' || group.source === 'rate'))
      group.dueQuiet = group.lastHeardAt + quietMinutes;
    group.silence = this.#silenceOf(group, now);
    if (isReopened && group.isFlapping(at)) this.#arm(group, now);
    if (!isNow || group.silence !== undefined) return;
    if (wasHidden) this.#arm(group, now);
    else if (severityBefore !== 'critical' && group.calledAt !== undefined) this.#arm(group, group.calledAt);
    this.#tell(group, isWorse ? 'worse' : isReopened && !group.isFlapping(at) ? 'reopened' : undefined, now);
  }

  /** The card first; after it a reply for what is news, and people for a critical they were not called for. */
  #tell(group: ExpectedGroup, news: 'worse' | 'reopened' | undefined, now: number): void {
    const isCritical = group.severity === 'critical';
    if (!group.hasCard) {
      group.hasCard = true;
      group.isCardCalling = isCritical;
      if (isCritical) this.#call(group, now);
    } else if (news !== undefined || (isCritical && group.calledAt === undefined)) {
      group.replies.push({ kind: news ?? 'reopened', isCalling: isCritical });
      if (isCritical) this.#call(group, now);
    }
    if (news === 'worse') group.told = group.severity;
  }

  #call(group: ExpectedGroup, now: number): void {
    group.calls += 1;
    group.calledAt = now;
    group.isPaged = true;
    group.pages.push('trigger');
    this.#arm(group, now);
  }

  #arm(group: ExpectedGroup, from: number): void {
    if (group.severity !== 'critical' || group.calledAt === undefined || group.escalatedAt !== undefined)
      return;
    group.dueUnacknowledged = from + level2.unacknowledged;
    group.dueUnresolved = from + level2.unresolved;
  }

  #over(group: ExpectedGroup, at: number): void {
    group.endedAt = at;
    group.isClosedByPerson = false;
    if (group.isPaged) group.pages.push('resolve');
    group.isPaged = false;
  }

  #silenceOf(group: ExpectedGroup, now: number): number | undefined {
    return (
      this.silences
        .filter(({ isEnded, until, covers }) => !isEnded && until > now && covers(group))
        // Of two that end in the same minute the one that began later ends later.
        .sort((one, other) =>
          Math.abs(other.until - one.until) > 0.005 ? other.until - one.until : other.id - one.id,
        )[0]?.id
    );
  }

  acknowledge(group: ExpectedGroup, who: string): void {
    if (group.state === 'resolved' || group.acknowledgedBy !== undefined) return;
    group.acknowledgedBy = who;
    if (group.isPaged) group.pages.push('acknowledge');
  }

  close(group: ExpectedGroup, now: number): void {
    if (group.state === 'resolved') return;
    for (const alert of group.alerts.values()) alert.end(now);
    group.state = 'resolved';
    group.flips.push(now);
    this.#over(group, now);
    group.isClosedByPerson = true;
  }

  setSeverity(group: ExpectedGroup, severity: Level, now: number): void {
    if (group.state === 'resolved' || group.severity === severity) return;
    group.severity = severity;
    group.setByPerson = true;
    if (group.silence !== undefined) return;
    if (group.calledAt !== undefined) this.#arm(group, group.calledAt);
    if (loudness(severity) <= loudness(group.told)) return;
    // A person's word is on the card; only what calls people is said.
    if (severity === 'critical' && group.calledAt === undefined) this.#tell(group, 'worse', now);
    group.told = severity;
  }

  escalate(group: ExpectedGroup, now: number): void {
    if (group.state === 'resolved' || group.escalatedAt !== undefined) return;
    group.escalatedAt = now;
    group.escalations += 1;
    group.isPaged = true;
    group.pages.push('trigger');
    if (group.hasCard) group.replies.push({ kind: 'escalated', isCalling: true });
  }

  beginSilence(silence: ExpectedSilence, now: number): void {
    this.silences.push(silence);
    for (const group of this.groups) {
      if (group.state === 'firing' && silence.covers(group)) group.silence = this.#silenceOf(group, now);
    }
  }

  endSilence(id: number, now: number): void {
    const silence = this.silences.find((one) => one.id === id);
    if (silence === undefined || silence.isEnded) return;
    silence.isEnded = true;
    for (const group of this.groups) {
      if (group.silence !== id || this.#current.get(`${group.source} ${group.key}`) !== group) continue;
      group.silence = this.#silenceOf(group, now);
      if (group.silence !== undefined || group.state !== 'firing') continue;
      this.#arm(group, now);
      this.#tell(group, loudness(group.severity) > loudness(group.told) ? 'worse' : undefined, now);
    }
  }

  /** Everything whose time has come, the earliest first. */
  work(now: number): void {
    for (;;) {
      const due: { at: number; what: () => void }[] = [];
      for (const silence of this.silences) {
        if (!silence.isEnded && silence.until <= now)
          due.push({ at: silence.until, what: () => this.endSilence(silence.id, now) });
      }
      for (const group of this.groups) {
        const { dueQuiet, dueUnacknowledged, dueUnresolved } = group;
        if (dueQuiet !== undefined && dueQuiet <= now)
          due.push({ at: dueQuiet, what: () => this.#quiet(group, now) });
        const { dueLook } = group;
        if (dueLook !== undefined && dueLook <= now)
          due.push({ at: dueLook, what: () => this.#lookAgain(group, now) });
        if (dueUnacknowledged !== undefined && dueUnacknowledged <= now)
          due.push({ at: dueUnacknowledged, what: () => this.#unacknowledged(group, now) });
        if (dueUnresolved !== undefined && dueUnresolved <= now)
          due.push({ at: dueUnresolved, what: () => this.#unresolved(group, now) });
      }
      const [first] = due.sort((one, other) => one.at - other.at);
      if (first === undefined) return;
      first.what();
    }
  }

  #quiet(group: ExpectedGroup, now: number): void {
    group.dueQuiet = undefined;
    if (group.state === 'resolved') return;
    if (group.lastHeardAt + quietMinutes > now) group.dueQuiet = group.lastHeardAt + quietMinutes;
    else this.close(group, now);
  }

  /** What its source said last of what is over counts now, as if it were said again. */
  #lookAgain(group: ExpectedGroup, now: number): void {
    group.dueLook = undefined;
    const place = `${group.source} ${group.key}`;
    if (this.#current.get(place) !== group) return;
    const words = group.lastWords;
    const again = [...new Map(words.map((note) => [note.fingerprint, note])).values()].filter((note) => {
      const alert = group.alerts.get(note.fingerprint);
      return note.status === 'firing' && alert?.hasFired === true && !alert.isFiring;
    });
    if (again.length > 0) this.hear(group.source as Speech, again, now, now);
    this.#current.get(place)!.lastWords = words;
  }

  #unacknowledged(group: ExpectedGroup, now: number): void {
    group.dueUnacknowledged = undefined;
    if (group.acknowledgedBy === undefined) this.#level2(group, now);
  }

  #unresolved(group: ExpectedGroup, now: number): void {
    group.dueUnresolved = undefined;
    this.#level2(group, now);
  }

  #level2(group: ExpectedGroup, now: number): void {
    const isOwed =
      group.state === 'firing' &&
      group.severity === 'critical' &&
      group.calledAt !== undefined &&
      group.silence === undefined;
    if (isOwed) this.escalate(group, now);
  }
}
