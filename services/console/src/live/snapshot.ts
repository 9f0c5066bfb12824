/** Reads what the server knows, and keeps what is told meanwhile: that is newer than the answer. */
export class Snapshots {
  /** What was told while answers are awaited, for each of them. */
  readonly #meanwhile = new Set<(() => void)[]>();

  /** Do it now, and again on top of the answers that are awaited. */
  apply(change: () => void): void {
    change();
    for (const changes of this.#meanwhile) changes.push(change);
  }

  /** Read, show, and put on top what was told meanwhile. */
  async read<T>(ask: () => Promise<T>, show: (answer: T) => void): Promise<void> {
    const meanwhile: (() => void)[] = [];
    this.#meanwhile.add(meanwhile);
    try {
      show(await ask());
    } finally {
      this.#meanwhile.delete(meanwhile);
    }
    for (const change of meanwhile) change();
  }
}
