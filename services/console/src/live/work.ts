import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Api, isUnauthorised, ProblemError } from "../api";
import type { Flood, Incident } from "../contract";
import { LINGER_MS } from "../model/alerts";
import { currentFlood } from "../model/floods";
import { arriveIncidents } from "../model/incidents";
import { Batch } from "./batch";
import { Snapshots } from "./snapshot";

/** More incidents than these are no work for a page. */
export const MOST_INCIDENTS = 500;

/** What operators work on beside alerts: incidents, floods, and that suppression has changed. */
export class LiveWork {
  readonly incidents = signal<ReadonlyMap<string, Incident> | null>(null);
  /** There are more open ones than those that are held. */
  readonly areMore = signal(false);
  /** Why they can't be told now. */
  readonly trouble = signal<string | null>(null);
  /** The flood that goes on, the largest of several. */
  readonly flood: ReadonlySignal<Flood | null>;
  /** Counts up with every change of a silence or of maintenance. */
  readonly suppression = signal(0);

  readonly #api: Api;
  readonly #floods = signal<ReadonlyMap<string, Flood>>(new Map());
  readonly #snapshots = new Snapshots();
  readonly #batch = new Batch<Incident>((incidents) => this.take(incidents));
  readonly #resolved = new Map<string, number>();

  constructor(api: Api) {
    this.#api = api;
    this.flood = computed(() => currentFlood([...this.#floods.value.values()]));
  }

  told(incident: Incident): void {
    this.#batch.add(incident);
  }

  take(incidents: readonly Incident[]): void {
    this.#snapshots.apply(() => {
      this.incidents.value = arriveIncidents(this.incidents.peek() ?? new Map(), incidents);
      for (const { id, state } of incidents) {
        if (state === "open") this.#resolved.delete(id);
        else this.#resolved.set(id, Date.now());
      }
    });
  }

  toldFlood(flood: Flood): void {
    this.#snapshots.apply(() => {
      this.#floods.value = new Map([...this.#floods.peek(), [flood.id, flood]]);
    });
  }

  toldSuppression(): void {
    this.suppression.value += 1;
  }

  async read(): Promise<void> {
    await Promise.all([this.#readIncidents(), this.#readFloods()]);
  }

  tick(now: number): void {
    const gone = [...this.#resolved].filter(([, at]) => now - at > LINGER_MS).map(([id]) => id);
    if (gone.length === 0) return;
    const kept = new Map(this.incidents.peek() ?? []);
    for (const id of gone) {
      this.#resolved.delete(id);
      kept.delete(id);
    }
    this.incidents.value = kept;
  }

  async #readIncidents(): Promise<void> {
    await this.#calmly(() =>
      this.#snapshots.read(
        () => this.#api.incidents({ state: "open", limit: MOST_INCIDENTS }),
        ({ items, next }) => {
          const held = [...(this.incidents.peek()?.values() ?? [])];
          const lingering = held.filter(({ id }) => this.#resolved.has(id));
          this.areMore.value = next !== null;
          this.incidents.value = new Map([...lingering, ...items].map((one) => [one.id, one]));
          this.trouble.value = null;
        },
      ),
    );
  }

  async #readFloods(): Promise<void> {
    await this.#calmly(() =>
      this.#snapshots.read(
        () => this.#api.floods(),
        (floods) => {
          this.#floods.value = new Map(floods.map((flood) => [flood.id, flood]));
        },
      ),
    );
  }

  /** A refusal is said where the incidents would stand; the rest of the page goes on. */
  async #calmly(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof ProblemError) || isUnauthorised(error)) throw error;
      this.trouble.value = error.message;
    }
  }
}
