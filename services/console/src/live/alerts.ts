import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Api, ProblemError } from "../api";
import { type Alert, type AlertCounts, SEVERITIES } from "../contract";
import {
  arrive,
  bounded,
  countsOf,
  type Filters,
  isOpen,
  LINGER_MS,
  NO_FILTERS,
  queryOf,
} from "../model/alerts";
import { Batch } from "./batch";
import { Snapshots } from "./snapshot";

/** More open alerts than these are not held: the server is asked for those that are wanted. */
export const MOST_HELD = 1000;

export interface News {
  alert: Alert;
  /** Counts up, so that the same alert can be news twice. */
  number: number;
}

export interface Wanted {
  filters: Filters;
  me: string | null;
}

/**
 * The open alerts: all of them while they are few; of a storm the first that the filters want, with the
 * server's counts beside them.
 */
export class LiveAlerts {
  readonly held = signal<ReadonlyMap<string, Alert> | null>(null);
  /** Whether those are all that are open. */
  readonly isWhole = signal(true);
  readonly news = signal<News | null>(null);
  /** The one that is looked at, when it is not among those that are held. */
  readonly looked = signal<Alert | null>(null);
  /** Null before the first answer. */
  readonly counts: ReadonlySignal<AlertCounts | null>;
  /** False: there are more than the counts say, and nobody tells how many. */
  readonly isCounted: ReadonlySignal<boolean>;

  readonly #api: Api;
  readonly #told = signal<AlertCounts | null>(null);
  readonly #snapshots = new Snapshots();
  readonly #batch = new Batch<Alert>((alerts) => this.#arrive(alerts));
  /** When each alert that lingers was resolved. */
  readonly #resolved = new Map<string, number>();
  #wanted: Wanted = { filters: NO_FILTERS, me: null };
  #look: string | null = null;
  #reading = 0;

  constructor(api: Api) {
    this.#api = api;
    this.counts = computed(() => {
      if (this.held.value === null) return null;
      return (!this.isWhole.value && this.#told.value) || countsOf(this.held.value.values());
    });
    this.isCounted = computed(() => this.isWhole.value || this.#told.value !== null);
  }

  get(id: string): Alert | null {
    const looked = this.looked.value;
    return this.held.value?.get(id) ?? (looked?.id === id ? looked : null);
  }

  /** What to hold where not all can be. True: that is to be read anew. */
  want(wanted: Wanted): boolean {
    this.#wanted = wanted;
    return !this.isWhole.peek();
  }

  /** Follow one alert, whether it is held or not. */
  look(id: string | null): void {
    this.#look = id;
    if (this.looked.peek()?.id !== id) this.looked.value = null;
  }

  told(alert: Alert): void {
    this.#batch.add(alert);
  }

  /** Take newer shapes of alerts. Nobody needs to be told of them: it was the operator's own doing. */
  take(alerts: readonly Alert[]): void {
    this.#snapshots.apply(() => {
      this.#put(alerts);
    });
  }

  async read(): Promise<void> {
    const reading = ++this.#reading;
    await this.#snapshots.read(
      () => this.#ask(),
      ({ alerts, isWhole }) => {
        if (reading === this.#reading) this.#show(alerts, isWhole);
      },
    );
    await this.readCounts();
  }

  /** The numbers of a storm; while all are held they are counted here. */
  async readCounts(): Promise<void> {
    if (this.isWhole.peek()) return;
    try {
      this.#told.value = await this.#api.alertCounts();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status === 401) throw error;
      this.#told.value = null;
    }
  }

  /** Let go those that lingered long enough. */
  tick(now: number): void {
    const gone = [...this.#resolved].filter(([, at]) => now - at > LINGER_MS).map(([id]) => id);
    if (gone.length === 0) return;
    const kept = new Map(this.held.peek() ?? []);
    for (const id of gone) {
      this.#resolved.delete(id);
      kept.delete(id);
    }
    this.held.value = kept;
  }

  async #ask(): Promise<{ alerts: Alert[]; isWhole: boolean }> {
    const all = await this.#api.alerts({ state: "firing", limit: MOST_HELD });
    if (all.next === null) return { alerts: all.items, isWhole: true };
    return { alerts: await this.#askWanted(), isWhole: false };
  }

  async #askWanted(): Promise<Alert[]> {
    const { filters, me } = this.#wanted;
    const query = queryOf(filters, me);
    if (!filters.worstFirst) return (await this.#api.alerts({ ...query, limit: MOST_HELD })).items;
    const found: Alert[] = [];
    for (const severity of SEVERITIES) {
      if (filters.severities.size > 0 && !filters.severities.has(severity)) continue;
      if (found.length >= MOST_HELD) break;
      const page = await this.#api.alerts({ ...query, severity, limit: MOST_HELD - found.length });
      found.push(...page.items);
    }
    return found;
  }

  #show(alerts: Alert[], isWhole: boolean): void {
    const lingering = [...(this.held.peek()?.values() ?? [])].filter(({ id }) => this.#resolved.has(id));
    const open = alerts.filter(isOpen);
    this.isWhole.value = isWhole;
    this.held.value = new Map([...lingering, ...open].map((alert) => [alert.id, alert]));
  }

  #arrive(alerts: Alert[]): void {
    let news: Alert | null = null;
    this.#snapshots.apply(() => {
      news = this.#put(alerts) ?? news;
    });
    if (news) this.news.value = { alert: news, number: (this.news.peek()?.number ?? 0) + 1 };
  }

  #put(alerts: readonly Alert[]): Alert | null {
    const before = this.held.peek() ?? new Map<string, Alert>();
    const arrival = arrive(before, alerts);
    for (const alert of alerts) this.#note(alert, arrival.alerts);
    this.held.value = this.#fitting(arrival.alerts);
    return arrival.news;
  }

  #note(alert: Alert, held: ReadonlyMap<string, Alert>): void {
    if (alert.id === this.#look) this.looked.value = alert;
    if (isOpen(alert) || !held.has(alert.id)) this.#resolved.delete(alert.id);
    else this.#resolved.set(alert.id, Date.now());
  }

  /** Never more than can be held. Once there were more, only reading anew can tell that there no longer are. */
  #fitting(alerts: Map<string, Alert>): Map<string, Alert> {
    const isStorm = alerts.size > MOST_HELD + this.#resolved.size;
    if (isStorm && this.isWhole.peek()) {
      this.isWhole.value = false;
      void this.readCounts().catch(() => undefined);
    }
    if (this.isWhole.peek()) return alerts;
    const { filters, me } = this.#wanted;
    return bounded(alerts, filters, me, MOST_HELD, new Set(this.#resolved.keys()));
  }
}
