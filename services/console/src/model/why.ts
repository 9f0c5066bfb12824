import type { Alert, Evidence, HistoryEntry, Text, Value } from "../contract";
import { toMs } from "./time";

export type Mark = "starts" | "fired" | "ended";

/** The aggregates whose value is one of the readings' own kind, so that it can be drawn among them. */
const AMONG_READINGS = new Set(["mean", "min", "max", "median", "p90", "p95"]);

/**
 * The limit on the scale of the readings; null where it is one of something else, such as a score, a sum or
 * a number of devices.
 */
export function limitOf(evidence: Evidence): number | null {
  const { threshold, agg, neighbours, expected } = evidence;
  if (typeof threshold !== "number") return null;
  if (typeof neighbours === "number") return typeof expected === "number" ? expected + threshold : null;
  const other = [evidence.score, evidence.relative, evidence.since, evidence.total];
  if (other.some((told) => told !== undefined)) return null;
  return agg === undefined || AMONG_READINGS.has(agg) ? threshold : null;
}

export type Scale = "metric" | "score" | "devices" | "readings" | "share";

/** What the value and the threshold are of: the metric itself, or something that was made of it. */
export function scaleOf({ score, total, agg, relative }: Evidence): Scale {
  if (score !== undefined) return "score";
  if (total !== undefined) return "devices";
  if (agg === "count") return "readings";
  return relative ? "share" : "metric";
}

export interface Aggregate {
  agg: string;
  from: number;
  to: number;
  value: number;
}

/** What a window made of its readings, where that can be drawn among them. */
export function aggregateOf({ agg, from, to, value }: Evidence): Aggregate | null {
  const [start, end] = [toMs(from), toMs(to)];
  if (!agg || !AMONG_READINGS.has(agg) || start === null || end === null) return null;
  return typeof value === "number" ? { agg, from: start, to: end, value } : null;
}

export interface Expectation {
  at: number;
  expected: number;
  low: number;
  high: number;
}

/** What was expected of the reading that an alert stands on. Of another moment it would be another. */
export function expectationOf({ expected, low, high, readings }: Evidence): Expectation | null {
  const at = toMs(readings.at(-1)?.time);
  if (at === null || typeof expected !== "number") return null;
  return { at, expected, low: low ?? expected, high: high ?? expected };
}

/** When it began, fired and ended, as far as it did. */
export function marksOf({ starts_at, ends_at, times }: Alert): { mark: Mark; at: number }[] {
  const all: [Mark, number | null][] = [
    ["starts", toMs(starts_at)],
    ["fired", toMs(times.fired)],
    ["ended", toMs(ends_at)],
  ];
  return all.flatMap(([mark, at]) => (at === null ? [] : [{ mark, at }]));
}

export interface Member {
  device: string;
  value: Value | null;
}

/** The devices of a quorum, each with its reading where it is known; of other kinds none. */
export function membersOf({ devices, total, readings }: Evidence): Member[] {
  if (!devices || total === undefined) return [];
  const values = new Map(readings.map((reading) => [reading.device, reading.value]));
  return devices.map((device) => ({ device, value: values.get(device) ?? null }));
}

export interface End {
  at: number | null;
  /** Why it ended where its condition did not. */
  reason: Text | null;
  /** Who closed it. */
  by: string | null;
  /** The value with which the condition ended. */
  value: number | null;
}

/** What ended an alert; null while it has not. */
export function endOf(alert: Alert, history: readonly HistoryEntry[] | null): End | null {
  if (alert.state !== "resolved" || !history) return null;
  const last = history.findLast(({ change }) => change === "resolved" || change === "closed");
  const reason = last?.reason ?? null;
  const value = last?.evidence?.value;
  return {
    at: toMs(alert.ends_at),
    reason,
    by: last?.by ?? null,
    value: !reason && !last?.by && typeof value === "number" ? value : null,
  };
}
