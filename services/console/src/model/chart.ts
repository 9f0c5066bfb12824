import type { Bucket, Reading } from "../contract";
import { DAY, HOUR, MINUTE, SECOND, toMs } from "./time";

export interface Dot {
  at: number;
  value: number;
}

/** The numbers of one metric, by time, each moment once. */
export function series(items: (Reading | Bucket)[], metric: string): Dot[] {
  const dots = new Map<number, Dot>();
  for (const item of items) {
    const at = toMs(item.time);
    const value = "values" in item ? item.values[metric] : item.metric === metric ? item.value : undefined;
    if (at !== null && typeof value === "number") dots.set(at, { at, value });
  }
  return [...dots.values()].sort((a, b) => a.at - b.at);
}

export interface Range {
  low: number;
  high: number;
}

/** The range that holds all values with some air above and below. */
export function rangeOf(values: number[]): Range {
  if (values.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...values);
  const high = Math.max(...values);
  const air = (high - low || Math.abs(high) || 1) * 0.12;
  return { low: low >= 0 ? Math.max(0, low - air) : low - air, high: high + air };
}

/** Where times and values lie in a drawing, in pixels, and the frame that holds them. */
export interface Plot {
  times: Range;
  values: Range;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x(at: number): number;
  y(value: number): number;
}

/** A plot of the dots, which are in order of time, that holds these values and times too, with room for the axes. */
export function plotted(
  dots: Dot[],
  also: { values: number[]; times: number[] },
  size: { width: number; height: number },
): Plot {
  const low = Math.min(dots[0]?.at ?? 0, ...also.times);
  const times = { low, high: Math.max(dots.at(-1)?.at ?? 1, ...also.times) };
  const values = rangeOf([...dots.map(({ value }) => value), ...also.values]);
  const [left, right, top, bottom] = [44, size.width - 12, 14, size.height - 22];
  return {
    times,
    values,
    left,
    right,
    top,
    bottom,
    x: (at) => left + ((at - times.low) / (times.high - times.low || 1)) * (right - left),
    y: (value) => bottom - ((value - values.low) / (values.high - values.low)) * (bottom - top),
  };
}

/** Round numbers within a range, about `wanted` of them. */
export function ticks({ low, high }: Range, wanted: number): number[] {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? 10 * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

const STEPS = [
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

/** Moments on round minutes or hours within a range of time, at most `most` of them. */
export function timeTicks({ low, high }: Range, most: number): number[] {
  const step =
    STEPS.find((candidate) => (high - low) / candidate <= most) ?? Math.ceil((high - low) / most / DAY) * DAY;
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at);
  return found;
}

/** What to ask of the store for a chart over `span` ms: raw readings while they are few, else means. */
export function bucketFor(span: number): string | null {
  if (span <= 3 * HOUR) return null;
  const minutes = [1, 5, 15, 60].find((m) => span / (m * MINUTE) <= 400) ?? 240;
  return `${minutes}m`;
}
