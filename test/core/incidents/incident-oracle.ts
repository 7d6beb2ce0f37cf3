/**
 * What ought to be so of incidents, told apart from the code under test: from what people were promised alone. Times are
 * minutes since the world began.
 */
import { secondLevel } from '../alerts/alert-world-settings.ts';

export type Level = 'SEV1' | 'SEV2' | 'SEV3' | 'SEV4';
export type Status = 'investigating' | 'identified' | 'monitoring' | 'resolved';
export type Timer =
  | 'update_due'
  | 'level2'
  | 'still_firing'
  | 'postmortem_24h'
  | 'postmortem_4h'
  | 'postmortem_due';
export type Outcome = 'done' | 'refused' | 'in the way';

const updateEvery: Readonly<Record<Level, number | undefined>> = {
  SEV1: 30,
  SEV2: 60,
  SEV3: 240,
  SEV4: undefined,
};
const callsLevel2 = (level: Level) => level === 'SEV1' || level === 'SEV2';
const postmortems = ['postmortem_24h', 'postmortem_4h', 'postmortem_due'] as const;
/** Half a day of silence, and what fires is another alert. */
const reopenMinutes = 720;

interface Happened {
  readonly order: number;
  readonly kind: string;
}

export class ExpectedGroup {
  isFiring = true;
  endedAt = 0;
  acknowledged = false;
  readonly history: Happened[] = [];
  readonly id: string;
  readonly key: string;

  constructor(id: string, key: string) {
    this.id = id;
    this.key = key;
  }
}

export class ExpectedIncident {
  status: Status = 'investigating';
  hasEscalated = false;
  isPaged = false;
  hasPostmortem = false;
  resolver = '';
  readonly timers = new Map<Timer, number>();
  readonly told: string[] = [];
  readonly pages: string[] = [];
  readonly groups: ExpectedGroup[] = [];
  readonly history: Happened[] = [];
  readonly notes = new Map<string, Set<string>>();
  readonly id: string;
  severity: Level;
  commander: string;

  constructor(id: string, severity: Level, commander: string) {
    this.id = id;
    this.severity = severity;
    this.commander = commander;
  }

  get isOpen() {
    return this.status !== 'resolved';
  }
  get isFiring() {
    return this.groups.some(({ isFiring }) => isFiring);
  }
}

export class IncidentOracle {
  now = 0;
  readonly incidents: ExpectedIncident[] = [];
  readonly groups: ExpectedGroup[] = [];
  readonly #origins = new Map<string, ExpectedIncident>();
  #order = 0;

  timeline({ history, groups }: ExpectedIncident): string[] {
    return [...history, ...groups.flatMap((group) => group.history)]
      .sort((one, other) => one.order - other.order)
      .map(({ kind }) => kind);
  }

  incidentOf(group: ExpectedGroup): ExpectedIncident | undefined {
    return this.incidents.find(({ groups }) => groups.includes(group));
  }

  /** The one that stands for this alert, message or command already. */
  known(origin: string): ExpectedIncident | undefined {
    return this.#origins.get(origin);
  }

  declare(
    id: string,
    {
      severity,
      by,
      origin,
      group,
      message,
    }: {
      severity: Level;
      by: string;
      origin: string;
      group?: ExpectedGroup | undefined;
      message?: { ts: string; text: string } | undefined;
    },
  ): void {
    const incident = new ExpectedIncident(id, severity, by);
    this.incidents.push(incident);
    this.#origins.set(origin, incident);
    this.#note(incident, 'incident.declared');
    if (group !== undefined) {
      incident.groups.push(group);
      this.#note(incident, 'incident.alert_linked');
    }
    if (message !== undefined) this.note(incident, message.text, message.ts);
    this.#owe(incident);
  }

  fire(key: string, newId: () => string): void {
    const current = this.groups.findLast((group) => group.key === key);
    if (current === undefined || (!current.isFiring && this.now - current.endedAt > reopenMinutes)) {
      this.groups.push(new ExpectedGroup(newId(), key));
    } else if (!current.isFiring) {
      current.isFiring = true;
      current.acknowledged = false;
      const incident = this.incidentOf(current);
      if (incident === undefined) return;
      this.#note(incident, 'alert.reopened');
      if (!incident.isOpen) incident.timers.set('still_firing', this.now + 15);
    }
  }

  quiet(key: string): void {
    const current = this.groups.findLast((group) => group.key === key);
    if (current?.isFiring !== true) return;
    current.isFiring = false;
    current.endedAt = this.now;
    const incident = this.incidentOf(current);
    if (incident !== undefined) this.#note(incident, 'alert.resolved');
  }

  acknowledge(group: ExpectedGroup): void {
    if (!group.isFiring || group.acknowledged) return;
    group.acknowledged = true;
    group.history.push({ order: this.#next(), kind: 'alert.acknowledged' });
  }

  link(incident: ExpectedIncident, group: ExpectedGroup): Outcome {
    if (!incident.isOpen || this.incidentOf(group) !== undefined) return 'refused';
    incident.groups.push(group);
    this.#note(incident, 'incident.alert_linked');
    return 'done';
  }

  change(
    incident: ExpectedIncident,
    {
      note,
      status = incident.status,
      severity = incident.severity,
      commander = incident.commander,
    }: {
      note?: string | undefined;
      status?: Status | undefined;
      severity?: Level | undefined;
      commander?: string | undefined;
    },
  ): Outcome {
    if (!incident.isOpen) return 'refused';
    const isWorse = severity !== incident.severity;
    const isUpdate = note !== undefined || status !== incident.status;
    const isEdit = isWorse || commander !== incident.commander;
    if (!isUpdate && !isEdit) return 'refused';
    if (isEdit) this.#note(incident, 'incident.edited');
    if (isUpdate) this.#note(incident, 'incident.updated');
    const every = updateEvery[severity];
    if (isWorse) incident.timers.delete('update_due');
    if ((isWorse || isUpdate) && every !== undefined) incident.timers.set('update_due', this.now + every);
    if (!callsLevel2(severity)) incident.timers.delete('level2');
    else if (!callsLevel2(incident.severity) && !incident.hasEscalated) {
      incident.timers.set('level2', this.now + 30);
    }
    Object.assign(incident, { status, severity, commander });
    return 'done';
  }

  /** @returns whether it is new to the record. */
  note(incident: ExpectedIncident, text: string, ts?: string): boolean {
    if (ts === undefined) {
      this.#note(incident, 'incident.noted');
      return true;
    }
    const known = incident.notes.get(ts) ?? new Set();
    incident.notes.set(ts, known);
    if (known.has(text)) return false;
    this.#note(incident, known.size === 0 ? 'incident.noted' : 'incident.note_edited');
    known.add(text);
    return true;
  }

  page(incident: ExpectedIncident): Outcome {
    if (!incident.isOpen) return 'refused';
    this.#note(incident, 'incident.paged');
    this.#callLevel2(incident);
    incident.timers.delete('level2');
    return 'done';
  }

  cancel(incident: ExpectedIncident, timer: Timer): Outcome {
    if (!incident.timers.delete(timer)) return 'refused';
    this.#note(incident, 'incident.timer_cancelled');
    return 'done';
  }

  resolve(incident: ExpectedIncident, by: string, isOverridden: boolean): Outcome {
    if (!incident.isOpen) return 'refused';
    if (incident.isFiring && !isOverridden) return 'in the way';
    this.#note(incident, 'incident.resolved');
    incident.status = 'resolved';
    incident.resolver = by;
    if (incident.isPaged) incident.pages.push('resolve');
    incident.isPaged = false;
    incident.timers.clear();
    if (incident.isFiring) incident.timers.set('still_firing', this.now + 15);
    if (incident.severity === 'SEV1' && !incident.hasPostmortem) {
      for (const [index, hours] of [24, 44, 48].entries()) {
        incident.timers.set(postmortems[index]!, this.now + hours * 60);
      }
    }
    return 'done';
  }

  reopen(incident: ExpectedIncident): Outcome {
    if (incident.isOpen) return 'refused';
    this.#note(incident, 'incident.reopened');
    incident.status = 'investigating';
    incident.hasEscalated = false;
    incident.timers.clear();
    this.#owe(incident);
    return 'done';
  }

  publish(incident: ExpectedIncident): void {
    this.#note(incident, 'incident.postmortem_published');
    incident.hasPostmortem = true;
    for (const timer of postmortems) incident.timers.delete(timer);
  }

  /** Whatever is due comes due, the earliest first; a timer whose reason is gone does nothing. */
  work(): void {
    for (;;) {
      const due = this.incidents
        .flatMap((incident) => [...incident.timers].map(([timer, at]) => ({ incident, timer, at })))
        .filter(({ at }) => at <= this.now)
        .sort((one, other) => one.at - other.at)[0];
      if (due === undefined) return;
      due.incident.timers.delete(due.timer);
      this.#comesDue(due.incident, due.timer);
    }
  }

  #comesDue(incident: ExpectedIncident, timer: Timer): void {
    const tell = (to: string, kind: string) => {
      incident.told.push(`${timer} ${to}`);
      this.#note(incident, kind);
    };
    const every = updateEvery[incident.severity];
    if (timer === 'update_due' && incident.isOpen && every !== undefined) {
      tell(incident.commander, 'incident.update_overdue');
      incident.timers.set('update_due', this.now + every);
    }
    if (timer === 'level2' && incident.isOpen && !incident.hasEscalated) {
      this.#note(incident, 'incident.escalated');
      this.#callLevel2(incident);
    }
    if (timer === 'still_firing' && !incident.isOpen && incident.isFiring) {
      tell(incident.resolver, 'incident.still_firing');
    }
    if (timer.startsWith('postmortem') && !incident.isOpen && !incident.hasPostmortem) {
      tell(timer === 'postmortem_due' ? '' : incident.commander, 'incident.postmortem_due');
    }
  }

  #callLevel2(incident: ExpectedIncident): void {
    incident.told.push(`level2 ${secondLevel}`);
    incident.pages.push('trigger');
    incident.hasEscalated = true;
    incident.isPaged = true;
  }

  #owe(incident: ExpectedIncident): void {
    const every = updateEvery[incident.severity];
    if (every !== undefined) incident.timers.set('update_due', this.now + every);
    if (callsLevel2(incident.severity)) incident.timers.set('level2', this.now + 30);
  }

  #note(incident: ExpectedIncident, kind: string): void {
    incident.history.push({ order: this.#next(), kind });
  }

  #next(): number {
    this.#order += 1;
    return this.#order;
  }
}
