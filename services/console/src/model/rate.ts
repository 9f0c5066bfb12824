import type { Ledger } from "../contract";

/** The ledger's received count at a moment (ms). */
export interface Sample {
  at: number;
  received: number;
}

/** How much of the past the pulse shows. */
export const KEPT_MS = 180_000;

/** The samples with one more. A count that went back means another ledger: what was before is dropped. */
export function sampled(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && next.received < last.received) return [next];
  return [...samples.filter((sample) => sample.at > next.at - KEPT_MS), next];
}

export interface Received {
  count: number;
  /** Within how many ms. */
  over: number;
  perSecond: number;
}

/** Readings received within the last `span` ms, or since the first sample; null before there are two. */
export function received(samples: readonly Sample[], span: number): Received | null {
  const last = samples.at(-1);
  if (!last) return null;
  const first = samples.find((sample) => sample.at >= last.at - span);
  if (!first || first === last) return null;
  const count = last.received - first.received;
  const over = last.at - first.at;
  return { count, over, perSecond: (count * 1000) / over };
}

/** Readings per second between neighbouring samples, for a sparkline. */
export function rates(samples: readonly Sample[]): { at: number; perSecond: number }[] {
  return samples.slice(1).map((sample, i) => {
    const before = samples[i] as Sample;
    return {
      at: sample.at,
      perSecond: ((sample.received - before.received) * 1000) / (sample.at - before.at),
    };
  });
}

/** Whether every reading received is in exactly one place. */
export const addsUp = (ledger: Ledger): boolean =>
  ledger.received === ledger.stored + ledger.duplicate + ledger.quarantined + ledger.pending;
