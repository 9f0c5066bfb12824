import { describe, expect, it } from "vitest";
import type { Objective, Status } from "../contract";
import type { UptimeDay } from "../contract.status";
import { barsOf, burnDown, dayBounds, tallyOf, weeksOf } from "./uptime";

const BANGKOK = "Asia/Bangkok";

const day = (name: string, worst: Status = "operational", attained: number | null = 1): UptimeDay => ({
  day: name,
  seconds: { [worst]: 86_400 },
  worst,
  attained,
});

describe("bars", () => {
  it("reach back as far as is wanted, empty where nothing is told", () => {
    const bars = barsOf([day("2026-02-28"), day("2026-03-01", "outage", 0.5)], 4);
    expect(bars.map((bar) => [bar.day, bar.look])).toEqual([
      ["2026-02-26", "none"],
      ["2026-02-27", "none"],
      ["2026-02-28", "operational"],
      ["2026-03-01", "outage"],
    ]);
    expect(tallyOf(bars)).toMatchObject({ none: 2, operational: 1, outage: 1, degraded: 0 });
    expect(barsOf([], 4)).toEqual([]);
  });

  it("take a day without any second, or without a worst, for one of which nothing was recorded", () => {
    const before = { day: "2026-03-01", seconds: { unknown: 86_400 }, worst: null, attained: null };
    expect(barsOf([before], 1)[0]?.look).toBe("none");
    expect(barsOf([{ day: "2026-03-01", seconds: {}, worst: null, attained: null }], 1)[0]?.look).toBe(
      "none",
    );
  });
});

describe("weeks", () => {
  it("begin on Mondays", () => {
    // 2026-11-21 is a Saturday.
    const weeks = weeksOf(barsOf([day("2026-11-21")], 8));
    expect(weeks).toHaveLength(2);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    expect(weeks[0]?.map((bar) => bar?.day ?? null).slice(4)).toEqual([null, "2026-11-14", "2026-11-15"]);
    expect(weeks[1]?.[5]?.day).toBe("2026-11-21");
    expect(weeks[1]?.[6]).toBeNull();
    expect(weeksOf([])).toEqual([]);
  });
});

it("knows when a day of the city begins and ends", () => {
  const { start, end } = dayBounds("2026-11-21", BANGKOK);
  expect(new Date(start).toISOString()).toBe("2026-11-20T17:00:00.000Z");
  expect(end - start).toBe(86_400_000);
  // A day on which the clocks go forward is an hour shorter.
  const short = dayBounds("2026-03-29", "Europe/Berlin");
  expect(short.end - short.start).toBe(23 * 3_600_000);
});

describe("burnDown", () => {
  const objective: Objective = {
    target: 0.9,
    window: "3d",
    attained: 0.95,
    budget_left: 0.5,
    counted_seconds: 3 * 86_400,
  };
  const now = dayBounds("2026-11-21", BANGKOK).end;
  const days = [
    day("2026-11-18", "outage", 0),
    day("2026-11-19"),
    day("2026-11-20", "outage", 0.85),
    day("2026-11-21"),
  ];

  it("goes from the whole budget to what the server says is left, over the days of the window alone", () => {
    const points = burnDown(days, objective, now, BANGKOK);
    expect(points.map(({ left }) => Number(left.toFixed(3)))).toEqual([1, 1, 0.5, 0.5]);
    expect(points.at(-1)).toEqual({ at: now, left: 0.5 });
  });

  it("spends what is gone on the days in proportion to what each lost", () => {
    const bad = [day("2026-11-19", "outage", 0.7), day("2026-11-20", "outage", 0.9), day("2026-11-21")];
    const points = burnDown(bad, { ...objective, budget_left: -1 }, now, BANGKOK);
    expect(points.map(({ left }) => Number(left.toFixed(3)))).toEqual([1, -0.5, -1, -1]);
  });

  it("draws nothing where there is no budget, or none is known", () => {
    expect(burnDown(days, { ...objective, budget_left: null }, now, BANGKOK)).toEqual([]);
    expect(burnDown(days, { ...objective, target: 1 }, now, BANGKOK)).toEqual([]);
    expect(burnDown(days, { ...objective, window: "aeon" }, now, BANGKOK)).toEqual([]);
  });
});
