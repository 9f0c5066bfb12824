import { expect, it } from "vitest";
import type { Flood } from "../contract";
import { currentFlood, mayChime, mostOf } from "./floods";

const flood = (alerts: number, more: Partial<Flood> = {}): Flood =>
  ({ id: `${alerts}`, ended: null, alerts, summary: {}, ...more }) as Flood;

it("shows the largest flood that goes on", () => {
  expect(currentFlood([flood(5), flood(90), flood(500, { ended: 1 })])?.alerts).toBe(90);
  expect(currentFlood([flood(5, { ended: 1 })])).toBeNull();
});

it("names the most frequent rules, and zones where no rule is told", () => {
  const rules = [1, 9, 5, 7].map((count) => ({ rule: `r/${count}`, count }));
  expect(mostOf(flood(1, { summary: { rules } })).map(({ count }) => count)).toEqual([9, 7, 5]);
  expect(mostOf(flood(1, { summary: { rules: [], zones: [{ zone: "z", count: 2 }] } }))[0]?.zone).toBe("z");
  expect(mostOf(flood(1))).toEqual([]);
});

it("sounds for every critical alert in calm times, and once a minute in a flood", () => {
  expect(mayChime(10_000, 0, false)).toBe(true);
  expect(mayChime(1000, 0, false)).toBe(false);
  expect(mayChime(10_000, 0, true)).toBe(false);
  expect(mayChime(60_000, 0, true)).toBe(true);
});
