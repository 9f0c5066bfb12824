import { signal } from "@preact/signals";
import { type Api, ProblemError } from "../api";
import type { Ledger, Reading } from "../contract";
import { type Sample, sampled } from "../model/rate";
import { toMs } from "../model/time";

const TICKER_LINES = 30;
/** A tab in the background is woken seldom: what piles up meanwhile is bounded. */
const MOST_WAITING = 2000;

const byTime = (a: Reading, b: Reading): number => (toMs(b.time) ?? 0) - (toMs(a.time) ?? 0);

/** What arrives: the ledger's counts and the newest readings, of the whole city or of one device. */
export class Pulse {
  readonly ledger = signal<Ledger | null>(null);
  readonly samples = signal<Sample[]>([]);
  /** Newest first. */
  readonly ticker = signal<Reading[]>([]);
  /** What came since the last look, of every device, newest first. */
  readonly fresh = signal<Reading[]>([]);
  /** The one device that is followed; null follows the city. */
  readonly followed = signal<string | null>(null);

  readonly #api: Api;
  #waiting: Reading[] = [];

  constructor(api: Api) {
    this.#api = api;
  }

  /** Follow one device, or the city again. False: no such device is registered. */
  async follow(device: string | null): Promise<boolean> {
    if (device !== null && !(await this.#isRegistered(device))) return false;
    this.followed.value = device;
    this.ledger.value = null;
    this.samples.value = [];
    this.ticker.value = [];
    await Promise.all([this.read(), this.#readLatest()]);
    return true;
  }

  async read(): Promise<void> {
    const device = this.followed.value;
    const ledger = await this.#api.ledger(device ?? undefined);
    if (device !== this.followed.value) return;
    this.ledger.value = ledger;
    this.samples.value = sampled(this.samples.value, { at: Date.now(), received: ledger.received });
  }

  take(readings: Reading[]): void {
    this.#waiting.push(...readings);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
  }

  /** Show what came meanwhile, in one go. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.fresh.value = this.#waiting.splice(0).sort(byTime);
    this.#show(this.fresh.value);
  }

  #show(readings: Reading[]): void {
    const device = this.followed.value;
    const wanted = device === null ? readings : readings.filter((reading) => reading.device === device);
    if (wanted.length) this.ticker.value = [...wanted, ...this.ticker.value].slice(0, TICKER_LINES);
  }

  /** A device may report seldom: its newest reading is there at once. */
  async #readLatest(): Promise<void> {
    const device = this.followed.value;
    if (device !== null) this.#show((await this.#api.latest({ device })).sort(byTime));
  }

  async #isRegistered(device: string): Promise<boolean> {
    try {
      await this.#api.device(device);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return false;
      throw error;
    }
  }
}
