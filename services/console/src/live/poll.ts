import { signal } from "@preact/signals";

export interface Polled<T> {
  /** The newest answer; it stays while later ones fail. Null before the first. */
  value: T | null;
  /** When that came, by this computer's clock (ms). */
  at: number | null;
  /** Why the newest attempt failed; null when it did not. */
  error: unknown;
}

/** An answer that takes the server long costs it much: the pause after it is at least this many times as long. */
const PAUSE = 9;

/** Asks again and again, while somebody looks: one question at a time, the dearer the more seldom. */
export class Poll<T> {
  readonly state = signal<Polled<T>>({ value: null, at: null, error: null });

  readonly #load: () => Promise<T>;
  readonly #ms: number;
  readonly #isWanted: () => boolean;
  #timer: ReturnType<typeof setInterval> | undefined;
  #asking = false;
  /** Not to be asked again by itself before this (ms). */
  #rested = 0;

  constructor(load: () => Promise<T>, ms: number, isWanted: () => boolean) {
    this.#load = load;
    this.#ms = ms;
    this.#isWanted = isWanted;
  }

  start(): void {
    this.#timer = setInterval(this.look, this.#ms);
    document.addEventListener("visibilitychange", this.look);
    void this.ask();
  }

  stop(): void {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.look);
  }

  /** Ask, if anybody wants to know. */
  readonly look = (): void => {
    if (this.#isWanted() && Date.now() >= this.#rested) void this.ask();
  };

  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const asked = Date.now();
    try {
      this.state.value = { value: await this.#load(), at: Date.now(), error: null };
    } catch (error) {
      this.state.value = { ...this.state.value, error };
    } finally {
      this.#asking = false;
      this.#rested = Date.now() + (Date.now() - asked) * PAUSE;
    }
  }
}
