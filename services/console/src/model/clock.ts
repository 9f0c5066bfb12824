import { SECOND } from "./time";

/** HTTP tells the time in whole seconds; a smaller difference says nothing. */
const COARSE_MS = 2 * SECOND;

/** The contract refuses readings that are more than 60 s ahead of the city; beyond that it is our clock that lags. */
const AHEAD_MS = 65 * SECOND;

/** How far the server's clock is ahead of this computer's (ms), by an answer's Date header. */
export function offsetFrom(date: string | null, asked: number, answered: number): number | null {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return null;
  const offset = server + SECOND / 2 - (asked + answered) / 2;
  return Math.abs(offset) < COARSE_MS ? 0 : offset;
}

/** How far the city's clock has run ahead of what this page took for now: a demo's time may run faster. */
export const leadOf = (now: number, newest: number): number => (newest - now > AHEAD_MS ? newest - now : 0);
