import type { Flood, FloodShare } from "../contract";
import { MINUTE } from "./time";

/** The flood that goes on, the largest of several; null when there is none. */
export function currentFlood(floods: readonly Flood[]): Flood | null {
  const current = floods.filter(({ ended }) => ended === null);
  return current.reduce<Flood | null>((most, one) => (most && most.alerts >= one.alerts ? most : one), null);
}

/** Of what a flood most consists: its rules where they are told, else its zones. */
export function mostOf({ summary }: Flood, count = 3): FloodShare[] {
  const named = summary.rules?.length ? summary.rules : (summary.zones ?? []);
  return [...named].sort((a, b) => b.count - a.count).slice(0, count);
}

/** In a flood one sound a minute is enough: it says that it goes on. */
const FLOOD_PAUSE_MS = MINUTE;
const PAUSE_MS = 3000;

/** Whether a critical alert is to be heard, when the last one was heard at `last` (ms). */
export const mayChime = (now: number, last: number, isFlood: boolean): boolean =>
  now - last >= (isFlood ? FLOOD_PAUSE_MS : PAUSE_MS);
