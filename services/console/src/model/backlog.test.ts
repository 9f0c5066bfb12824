import { expect, it } from "vitest";
import { trendOf, WAITING_MS, withWaiting } from "./backlog";

const every3s = (...counts: number[]) => counts.map((pending, i) => ({ at: i * 3000, pending }));

it.each([
  ["growing", [0, 5, 3, 20, 40, 90, 160]],
  ["growing", [900, 900, 10, 12, 14, 10, 11, 40, 60, 80, 90, 130]],
  ["draining", [900, 700, 500, 300, 100, 0]],
  ["steady", [0, 400, 0, 380, 0, 420, 0, 410]],
  ["steady", [0, 0, 0, 0, 0, 0, 0]],
  ["steady", [0, 100, 200]],
  ["steady", []],
])("is %s: %j", (trend, counts) => {
  expect(trendOf(every3s(...counts))).toBe(trend);
});

it("forgets what is long ago", () => {
  const kept = withWaiting([{ at: 0, pending: 9 }], { at: WAITING_MS, pending: 1 });
  expect(kept).toEqual([{ at: WAITING_MS, pending: 1 }]);
});
