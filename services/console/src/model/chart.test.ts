import { describe, expect, it } from "vitest";
import { bucketFor, plotted, rangeOf, series, ticks, timeTicks } from "./chart";
import { DAY, HOUR, MINUTE } from "./time";

const reading = (time: string, values: Record<string, number | string>) => ({
  time,
  device: "aq-01",
  zone: "samyan",
  type: "AirQualityObserved",
  values,
});

describe("series", () => {
  it("takes the metric's numbers in order of time, each moment once", () => {
    const items = [
      reading("2026-01-05T00:02:00Z", { pm25: 3 }),
      reading("2026-01-05T00:01:00Z", { pm25: 1, temperature: 30 }),
      reading("2026-01-05T00:01:00Z", { pm25: 2 }),
      reading("2026-01-05T00:03:00Z", { temperature: 30 }),
      reading("2026-01-05T00:04:00Z", { pm25: "fault" }),
    ];
    expect(series(items, "pm25").map(({ value }) => value)).toEqual([2, 3]);
  });

  it("takes buckets too", () => {
    const items = [
      { time: "2026-01-05T00:01:00Z", metric: "pm25", value: 7, count: 3 },
      { time: "2026-01-05T00:01:00Z", metric: "pm10", value: 9, count: 3 },
    ];
    expect(series(items, "pm25").map(({ value }) => value)).toEqual([7]);
  });
});

describe("rangeOf", () => {
  it("has air, and does not invent negatives", () => {
    expect(rangeOf([0, 100])).toEqual({ low: 0, high: 112 });
    expect(rangeOf([-10, 10]).low).toBeLessThan(-10);
  });

  it("is never empty", () => {
    for (const values of [[], [0], [5, 5]]) {
      const { low, high } = rangeOf(values);
      expect(high).toBeGreaterThan(low);
    }
  });
});

it("finds round values", () => {
  expect(ticks({ low: 38, high: 84 }, 4)).toEqual([40, 60, 80]);
  expect(ticks({ low: 0.09, high: 0.26 }, 4)).toEqual([0.1, 0.15, 0.2, 0.25]);
});

it("finds round moments", () => {
  const low = Date.parse("2026-01-05T00:07:00Z");
  const shown = timeTicks({ low, high: low + HOUR }, 4).map((at) => new Date(at).toISOString().slice(11, 16));
  expect(shown).toEqual(["00:15", "00:30", "00:45", "01:00"]);
  expect(timeTicks({ low, high: low + 90 * DAY }, 4).length).toBeLessThanOrEqual(5);
});

it("asks for means when there would be too many readings", () => {
  expect(bucketFor(2 * HOUR)).toBeNull();
  expect(bucketFor(6 * HOUR)).toBe("1m");
  expect(bucketFor(DAY)).toBe("5m");
  expect(bucketFor(30 * DAY)).toBe("240m");
  expect(bucketFor(3 * HOUR + MINUTE)).toBe("1m");
});

it("plots oldest to newest from left to right, the larger above, the limit within", () => {
  const dots = [
    { at: 1000, value: 10 },
    { at: 3000, value: 30 },
  ];
  const plot = plotted(dots, { values: [50], times: [] }, { width: 300, height: 200 });
  expect([plot.x(1000), plot.x(2000), plot.x(3000)]).toEqual([44, 166, 288]);
  expect(plot.y(30)).toBeLessThan(plot.y(10));
  expect(plot.y(50)).toBeGreaterThan(plot.top);
  expect(plot.y(10)).toBeLessThan(plot.bottom);
});
