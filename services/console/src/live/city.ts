import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../api";
import type { Device, DomainStatus, ObservationType, Service, Zone } from "../contract";
import { leadOf } from "../model/clock";
import type { Connection } from "../model/connection";
import { inOrder, withDomain } from "../model/domains";
import { withServices } from "../model/standing";
import { alertIn, domainIn, floodIn, incidentIn, readingsIn, serviceIn } from "../model/stream";
import { toMs } from "../model/time";
import { LiveAlerts, type Wanted } from "./alerts";
import { Batch } from "./batch";
import { type EventName, Link, type Listener, type Stream } from "./link";
import { Pulse } from "./pulse";
import { Snapshots } from "./snapshot";
import { LiveWork } from "./work";

export type { Stream } from "./link";

const LEDGER_MS = 2000;
const COUNTS_MS = 2000;
const DOMAINS_MS = 10_000;
const EVERYTHING_MS = 60_000;
/** How often new readings reach the screen: often enough to be alive, rarely enough to be read. */
const READINGS_MS = 500;

/**
 * The city as the server tells it: a snapshot over HTTP, then the event stream on top, and the snapshot
 * again whenever the stream had a gap. `connection` says how far it can be trusted.
 */
export class LiveCity implements Listener {
  readonly domains = signal<DomainStatus[] | null>(null);
  readonly zones = signal<Zone[] | null>(null);
  readonly devices = signal<ReadonlyMap<string, Device>>(new Map());
  readonly types = signal<ReadonlyMap<string, ObservationType>>(new Map());
  /** Counts up, once a second at most, while statuses move: what hangs on them is asked for again. */
  readonly moved = signal(0);
  /** Counts up when the public was told something. */
  readonly noted = signal(0);
  readonly alerts: LiveAlerts;
  readonly work: LiveWork;
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
  #hasMoved = false;
  readonly #snapshots = new Snapshots();
  readonly #services = new Batch<Service>((services) => this.#takeServices(services));

  constructor(api: Api, openStream: () => Stream, signedOut: () => void) {
    this.#api = api;
    this.#leave = signedOut;
    this.#link = new Link(openStream, () => api.session(), this.#ahead, this);
    this.pulse = new Pulse(api);
    this.alerts = new LiveAlerts(api);
    this.work = new LiveWork(api);
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
    this.#whileOpen(COUNTS_MS, () => this.alerts.readCounts());
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
    TOLD[name](this, data);
  }

  /** What the operator chose to see: where not all alerts can be held, those are asked for. */
  want(wanted: Wanted): void {
    if (this.alerts.want(wanted)) void this.#link.attempt(() => this.alerts.read());
  }

  toldService(service: Service): void {
    this.#services.add(service);
  }

  toldNote(): void {
    this.noted.value += 1;
  }

  toldDomain(domain: DomainStatus): void {
    this.#hasMoved = true;
    this.#snapshots.apply(() => {
      this.domains.value = withDomain(this.domains.value ?? [], domain);
    });
  }

  #takeServices(services: readonly Service[]): void {
    this.#hasMoved = true;
    this.#snapshots.apply(() => {
      if (this.domains.value) this.domains.value = withServices(this.domains.value, services);
    });
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
    await Promise.all([this.alerts.read(), this.#readDomains(), this.pulse.read(), this.work.read()]);
  }

  async #readDomains(): Promise<void> {
    await this.#snapshots.read(
      () => this.#api.domains(),
      (domains) => {
        this.domains.value = inOrder(domains);
      },
    );
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
    const now = Date.now();
    this.#link.local.value = now;
    this.alerts.tick(now);
    this.work.tick(now);
    if (this.#hasMoved) this.moved.value += 1;
    this.#hasMoved = false;
  }

  #flush(): void {
    this.#ahead.value = this.#api.offset + this.#lead;
    this.pulse.flush();
    this.#lead += leadOf(this.now.value, toMs(this.pulse.fresh.value[0]?.time) ?? 0);
  }
}

/** What each event of the stream does; one that can't be read does nothing. */
const TOLD: Record<EventName, (city: LiveCity, data: unknown) => void> = {
  reading: (city, data) => city.pulse.take(readingsIn(data)),
  alert: (city, data) => given(alertIn(data), (alert) => city.alerts.told(alert)),
  status: (city, data) => given(domainIn(data), (domain) => city.toldDomain(domain)),
  service: (city, data) => given(serviceIn(data), (service) => city.toldService(service)),
  note: (city) => city.toldNote(),
  incident: (city, data) => given(incidentIn(data), (incident) => city.work.told(incident)),
  flood: (city, data) => given(floodIn(data), (flood) => city.work.toldFlood(flood)),
  suppression: (city) => city.work.toldSuppression(),
};

function given<T>(value: T | null, use: (value: T) => void): void {
  if (value !== null) use(value);
}
