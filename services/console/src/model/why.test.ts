import { describe, expect, it } from "vitest";
import type { Alert, Evidence, HistoryEntry } from "../contract";
import { aggregateOf, endOf, expectationOf, limitOf, marksOf, membersOf, scaleOf } from "./why";

const FROM = "2026-01-05T00:00:00Z";
const TO = "2026-01-06T00:00:00Z";

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  metric: "pm25",
  value: 81.2,
  window: null,
  threshold: 75,
  readings: [{ time: TO, value: 90 }],
  ...changes,
});

const alert = (changes: Partial<Alert> = {}): Alert => ({
  id: "01J",
  rule: "air-quality/pm25-high",
  domain: "environment",
  zone: "samyan",
  device: "aq-01",
  severity: "major",
  state: "resolved",
  starts_at: FROM,
  ends_at: TO,
  acknowledged: null,
  title: { en: "High", th: "สูง" },
  evidence: evidence(),
  times: { fired: FROM },
  ...changes,
});

describe("limitOf", () => {
  it("is the threshold where that is on the scale of the readings", () => {
    expect(limitOf(evidence())).toBe(75);
    expect(limitOf(evidence({ agg: "mean" }))).toBe(75);
    expect(limitOf(evidence({ neighbours: 4, expected: 30, threshold: 40 }))).toBe(70);
  });

  it.each([
    { threshold: "fault" },
    { agg: "sum" },
    { agg: "count" },
    { score: 0.98 },
    { relative: false },
    { since: null },
    { total: 5 },
    { neighbours: 1, expected: null },
  ])("is none for %o", (changes) => {
    expect(limitOf(evidence(changes))).toBeNull();
  });
});

it.each([
  [{}, "metric"],
  [{ agg: "sum" }, "metric"],
  [{ relative: false }, "metric"],
  [{ relative: true }, "share"],
  [{ agg: "count" }, "readings"],
  [{ score: 0.9 }, "score"],
  [{ total: 5 }, "devices"],
])("%o is of the scale %s", (changes, scale) => {
  expect(scaleOf(evidence(changes))).toBe(scale);
});

it("draws a window's value among the readings where it is one of their kind", () => {
  const window = { agg: "mean", from: FROM, to: TO };
  expect(aggregateOf(evidence(window))).toEqual({
    agg: "mean",
    from: Date.parse(FROM),
    to: Date.parse(TO),
    value: 81.2,
  });
  expect(aggregateOf(evidence({ ...window, agg: "stddev" }))).toBeNull();
  expect(aggregateOf(evidence({ agg: "mean" }))).toBeNull();
});

it("tells what was expected at the reading, and nothing without one", () => {
  const band = { expected: 40, low: 30, high: 50, score: 0.99 };
  expect(expectationOf(evidence(band))).toEqual({ at: Date.parse(TO), expected: 40, low: 30, high: 50 });
  expect(expectationOf(evidence({ expected: 40 }))).toMatchObject({ low: 40, high: 40 });
  expect(expectationOf(evidence({ ...band, readings: [] }))).toBeNull();
  expect(expectationOf(evidence())).toBeNull();
});

it("marks what has happened, and no more", () => {
  expect(marksOf(alert()).map(({ mark }) => mark)).toEqual(["starts", "fired", "ended"]);
  const pending = alert({ state: "pending", ends_at: null, times: {} });
  expect(marksOf(pending)).toEqual([{ mark: "starts", at: Date.parse(FROM) }]);
});

it("names the devices of a quorum with their readings", () => {
  const readings = [{ time: TO, value: 90, device: "aq-01" }];
  expect(membersOf(evidence({ devices: ["aq-01", "aq-02"], total: 5, readings }))).toEqual([
    { device: "aq-01", value: 90 },
    { device: "aq-02", value: null },
  ]);
  expect(membersOf(evidence())).toEqual([]);
});

describe("endOf", () => {
  const step = (changes: Partial<HistoryEntry>): HistoryEntry => ({ at: TO, change: "resolved", ...changes });

  it("is none while it fires, or before its history is there", () => {
    expect(endOf(alert({ state: "firing" }), [])).toBeNull();
    expect(endOf(alert(), null)).toBeNull();
  });

  it("is the condition with its last value", () => {
    const history = [step({ change: "firing" }), step({ evidence: evidence({ value: 34.1 }) })];
    expect(endOf(alert(), history)).toEqual({ at: Date.parse(TO), reason: null, by: null, value: 34.1 });
  });

  it("is the rule, or a person, and then no value", () => {
    const reason = { code: "rule_removed", en: "Gone", th: "ยกเลิก" };
    expect(endOf(alert(), [step({ reason, evidence: evidence() })])).toMatchObject({ reason, value: null });
    const closed = step({ change: "closed", by: "operator-7" });
    expect(endOf(alert(), [closed, step({ change: "commented" })])).toMatchObject({ by: "operator-7" });
  });
});
