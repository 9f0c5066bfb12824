import { expect, it } from "vitest";
import type { ComparisonPart, RulePart } from "../contract.status";
import { isJoined, isPassedOver, lookedAt, measured, ruleShelves } from "./explained";

const say = {
  yes: "yes",
  no: "no",
  nothingToMeasure: "nothing",
  intervals: (n: string) => `${n} intervals`,
  milliseconds: (n: string) => `${n} ms`,
  days: (n: string) => `${n} d`,
};

const comparison: ComparisonPart = {
  measure: "silent",
  of: [],
  op: "above",
  limit: 0.5,
  clear: 0.4,
  value: 0.45,
  unit: "share",
  title: { en: "silent devices", th: "อุปกรณ์ที่ไม่ส่งข้อมูล" },
  holds: true,
  latched: true,
};

it.each([
  [0.3333, "share", "33.33 %"],
  [4, "count", "4"],
  [2.5, "intervals", "2.5 intervals"],
  [1200, "ms", "1,200 ms"],
  [13, "days", "13 d"],
  [true, "yes or no", "yes"],
  [null, "share", "nothing"],
])("writes %s %s as %s", (value, unit, told) => {
  expect(measured(value, unit, "en", say)).toBe(told);
});

it("says what a comparison looks at, and which of it", () => {
  expect(lookedAt(comparison, "silent devices", String)).toBe("silent devices");
  const alerts = { ...comparison, of: ["critical", "major"] };
  expect(lookedAt(alerts, "open alerts", (of) => of.toUpperCase())).toBe("open alerts (CRITICAL, MAJOR)");
  expect(isJoined({ join: "all", holds: true, parts: [comparison] })).toBe(true);
  expect(isJoined(comparison)).toBe(false);
});

it("keeps rules that say nothing apart, and knows which were not reached", () => {
  const rule = (id: string, state: RulePart["state"], decided = false) =>
    ({ id, state, decided }) as RulePart;
  const all = [rule("a", "off"), rule("b", "holds", true), rule("c", "waiting"), rule("d", "off")];
  const { telling, silent } = ruleShelves(all);
  expect(telling.map(({ id }) => id)).toEqual(["b", "c"]);
  expect(silent.map(({ id }) => id)).toEqual(["a", "d"]);
  expect(all.map((one) => isPassedOver(all, one))).toEqual([false, false, true, true]);
  const none = [rule("a", "off")];
  expect(none.map((one) => isPassedOver(none, one))).toEqual([false]);
});
