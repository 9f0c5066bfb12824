/** So many at once are a burst: it is shown in steps that can be followed. */
const BURST = 30;
const BURST_MS = 250;
/** About one picture of the screen. */
const FRAME_MS = 16;

/** Gathers what arrives one by one, so that a storm costs one change of the page per picture, not per event. */
export class Batch<T> {
  readonly #take: (items: T[]) => void;
  #waiting: T[] = [];
  #isDue = false;
  #wasBurst = false;

  constructor(take: (items: T[]) => void) {
    this.#take = take;
  }

  add(item: T): void {
    this.#waiting.push(item);
    if (this.#isDue) return;
    this.#isDue = true;
    // Not by the browser's frames: it draws none for a page that nobody sees, and what waits would grow.
    setTimeout(() => this.flush(), this.#wasBurst ? BURST_MS : FRAME_MS);
  }

  /** Hand on what waits, now. */
  flush(): void {
    this.#isDue = false;
    const items = this.#waiting;
    this.#waiting = [];
    this.#wasBurst = items.length >= BURST;
    if (items.length) this.#take(items);
  }
}
