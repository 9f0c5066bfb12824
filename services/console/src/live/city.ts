import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api";
import type { Alert, Device, DomainStatus, ObservationType, Zone } from "../contract";
import { arrive, isOpen, LINGER_MS } from "../model/alerts";
import { leadOf } from "../model/clock";
import type { Connection } from "../model/connection";
import { inOrder, withDomain } from "../model/domains";
import { alertIn, domainIn, readingsIn } from "../model/stream";
import { toMs } from "../model/time";
import { type EventName, Link, type Listener, type Stream } from "./link";
import { Pulse } from "./pulse";

export type { Stream } from "./link";

const LEDGER_MS = 2000;
const DOMAINS_MS = 10_000;
const EVERYTHING_MS = 60_000;
/** How often new readings reach the screen: often enough to be alive, rarely enough to be read. */
const READINGS_MS = 500;

export interface News {
  alert: Alert;
  /** Counts up, so that the same alert can be news twice. */
  number: number;
}

/**
 * The city as the server tells it: a snapshot over HTTP, then the event stream on top, and the snapshot
 * again whenever the stream had a gap. `connection` says how far it can be trusted.
 */
export class LiveCity implements Listener {
  readonly domains = signal<DomainStatus[] | null>(null);
  readonly alerts = signal<ReadonlyMap<string, Alert> | null>(null);
  readonly zones = signal<Zone[] | null>(null);
  readonly devices = signal<ReadonlyMap<string, Device>>(new Map());
  readonly types = signal<ReadonlyMap<string, ObservationType>>(new Map());
  readonly news = signal<News | null>(null);
  readonly pulse: Pulse;
  /** The city's time, as well as this page can know it (ms). */
  readonly now: ReadonlySignal<number>;
  readonly connection: ReadonlySignal<Connection>;
  readonly isStale: ReadonlySignal<boolean>;

  readonly #api: Api;
  readonly #link: Link;
  readonly #leave: () => void;
  /** How far the city's clock is ahead of this computer's (ms). */
  readonly #ahead = signal(0);
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #lead = 0;
  /** When each alert that lingers was resolved. */
  readonly #resolved = new Map<string, number>();
  /** What the stream tells while snapshots are under way, for each of them: it is newer than they are. */
  readonly #meanwhile = new Set<(() => void)[]>();

  constructor(api: Api, openStream: () => Stream, signedOut: () => void) {
    this.#api = api;
    this.#leave = signedOut;
    this.#link = new Link(openStream, () => api.session(), this.#ahead, this);
    this.pulse = new Pulse(api);
    this.now = computed(() => this.#link.local.value + this.#ahead.value);
    this.connection = this.#link.connection;
    this.isStale = computed(() => this.connection.value.kind === "stale");
  }

  start(): void {
    this.#link.start();
    void this.#refresh();
    void this.#readCatalogue();
    this.#every(1000, () => this.#tick());
    this.#every(READINGS_MS, () => this.#flush());
    this.#whileOpen(LEDGER_MS, () => this.pulse.read());
    this.#whileOpen(DOMAINS_MS, () => this.#readDomains());
    this.#whileOpen(EVERYTHING_MS, () => this.#readAll());
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#link.stop();
  }

  opened(): void {
    void this.#refresh();
  }

  signedOut(): void {
    this.#leave();
  }

  told(name: EventName, data: unknown): void {
    if (name === "reading") this.pulse.take(readingsIn(data));
    else if (name === "alert") this.#toldAlert(alertIn(data));
    else this.#toldDomain(domainIn(data));
  }

  /** Take a newer shape of an alert. Nobody needs to be told of it: it was the operator's own doing. */
  take(alert: Alert): void {
    this.#apply(() => {
      this.#arrive(alert);
    });
  }

  #toldAlert(alert: Alert | null): void {
    if (!alert) return;
    let news = false;
    this.#apply(() => {
      news = this.#arrive(alert) || news;
    });
    if (news) this.news.value = { alert, number: (this.news.value?.number ?? 0) + 1 };
  }

  #toldDomain(domain: DomainStatus | null): void {
    if (!domain) return;
    this.#apply(() => {
      this.domains.value = withDomain(this.domains.value ?? [], domain);
    });
  }

  /** Do it now, and again on top of the snapshots that are under way. */
  #apply(change: () => void): void {
    change();
    for (const changes of this.#meanwhile) changes.push(change);
  }

  #arrive(alert: Alert): boolean {
    const { alerts, news } = arrive(this.alerts.value ?? new Map(), alert);
    this.alerts.value = alerts;
    if (isOpen(alert)) this.#resolved.delete(alert.id);
    else this.#resolved.set(alert.id, Date.now());
    return news;
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(run, ms));
  }

  /** Without the stream nothing is read: what is on the screen is what was true when it broke, all of it. */
  #whileOpen(ms: number, read: () => Promise<unknown>): void {
    this.#every(ms, () => {
      if (this.#link.isOpen) void this.#link.attempt(read);
    });
  }

  #refresh(): Promise<void> {
    return this.#link.attempt(() => this.#readAll());
  }

  async #readAll(): Promise<void> {
    await Promise.all([this.#readAlerts(), this.#readDomains(), this.pulse.read()]);
  }

  async #readDomains(): Promise<void> {
    await this.#snapshot(
      () => this.#api.domains(),
      (domains) => {
        this.domains.value = inOrder(domains);
      },
    );
  }

  async #readAlerts(): Promise<void> {
    await this.#snapshot(
      () => this.#api.firingAlerts(),
      (firing) => {
        const lingering = [...(this.alerts.value?.values() ?? [])].filter(({ id }) => this.#resolved.has(id));
        const open = firing.filter(isOpen);
        this.alerts.value = new Map([...lingering, ...open].map((alert) => [alert.id, alert]));
      },
    );
  }

  /** Read, show, and put on top what the stream told meanwhile. */
  async #snapshot<T>(read: () => Promise<T>, show: (answer: T) => void): Promise<void> {
    const meanwhile: (() => void)[] = [];
    this.#meanwhile.add(meanwhile);
    try {
      show(await read());
    } finally {
      this.#meanwhile.delete(meanwhile);
    }
    for (const change of meanwhile) change();
  }

  /** What seldom changes. Without it the page still works, with identifiers in place of names. */
  async #readCatalogue(): Promise<void> {
    const zones = this.#api.zones().catch(() => [] as Zone[]);
    const devices = this.#api.devices().catch(() => [] as Device[]);
    const types = this.#api.types().catch(() => [] as ObservationType[]);
    this.zones.value = await zones;
    this.devices.value = new Map((await devices).map((device) => [device.id, device]));
    this.types.value = new Map((await types).map((type) => [type.name, type]));
  }

  #tick(): void {
    this.#link.local.value = Date.now();
    const gone = [...this.#resolved].filter(([, at]) => Date.now() - at > LINGER_MS).map(([id]) => id);
    if (gone.length === 0) return;
    const kept = new Map(this.alerts.value ?? []);
    for (const id of gone) {
      this.#resolved.delete(id);
      kept.delete(id);
    }
    this.alerts.value = kept;
  }

  #flush(): void {
    this.#ahead.value = this.#api.offset + this.#lead;
    this.pulse.flush();
    this.#lead += leadOf(this.now.value, toMs(this.pulse.fresh.value[0]?.time) ?? 0);
  }
}
