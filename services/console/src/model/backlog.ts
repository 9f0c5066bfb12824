import { SECOND } from "./time";

/** How much waited at a moment (ms). */
export interface Waiting {
  at: number;
  pending: number;
}

export type Trend = "growing" | "draining" | "steady";

/** How much of the past is kept, and over how much of it the trend is looked at. */
export const WAITING_MS = 180 * SECOND;
const TREND_MS = 30 * SECOND;
const FEWEST = 6;

export const withWaiting = (samples: readonly Waiting[], next: Waiting): Waiting[] => [
  ...samples.filter((sample) => sample.at > next.at - WAITING_MS),
  next,
];

/**
 * Batches come and go, so that a few readings wait at any moment: it grows only when all that waited in the
 * newer half of the last 30 s is more than anything in the older, and drains when it is less.
 */
export function trendOf(samples: readonly Waiting[]): Trend {
  const last = samples.at(-1);
  if (!last) return "steady";
  const recent = samples.filter((sample) => sample.at > last.at - TREND_MS).map(({ pending }) => pending);
  if (recent.length < FEWEST) return "steady";
  const half = Math.floor(recent.length / 2);
  const [older, newer] = [recent.slice(0, half), recent.slice(half)];
  if (Math.min(...newer) > Math.max(...older)) return "growing";
  return Math.max(...newer) < Math.min(...older) ? "draining" : "steady";
}
