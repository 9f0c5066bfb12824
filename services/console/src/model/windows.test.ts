import { expect, it } from "vitest";
import type { Maintenance, Silence } from "../contract";
import { DAY, HOUR } from "./time";
import { bars, lineOfMaintenance, lineOfSilence, TIMELINE_DAYS } from "./windows";

const LONG = TIMELINE_DAYS * DAY;
const next = (days: number[]) => days.map((day) => ({ start: day * DAY, end: day * DAY + HOUR }));

it("draws the part of a span that lies within the two weeks", () => {
  expect(bars([{ start: -DAY, end: DAY }], 0)).toMatchObject([{ from: 0, to: DAY / LONG }]);
  expect(bars([{ start: LONG - HOUR, end: LONG + HOUR }], 0)).toMatchObject([{ to: 1 }]);
  expect(bars(next([-1, 20]), 0)).toEqual([]);
});

it("says where a window goes on beyond what the server told", () => {
  const window = (days: number[], rrule: string | null) =>
    ({ id: "m", schedule: { rrule }, next: next(days) }) as Maintenance;
  const daily = lineOfMaintenance(window([0, 1, 2, 3, 4], "FREQ=DAILY"), 0);
  expect(daily.bars).toHaveLength(5);
  expect(daily.unknownFrom).toBeCloseTo((4 * DAY + HOUR) / LONG);
  expect(lineOfMaintenance(window([0], null), 0).unknownFrom).toBeNull();
  expect(lineOfMaintenance(window([0, 7, 14, 21, 28], "FREQ=WEEKLY"), 0).unknownFrom).toBeNull();
  expect(lineOfMaintenance(window([0, 1], "FREQ=DAILY;COUNT=2"), 0).unknownFrom).toBeNull();
});

it("draws a silence as one bar", () => {
  const silence = { id: "s", starts_at: 0, ends_at: HOUR } as unknown as Silence;
  expect(lineOfSilence(silence, 0)).toMatchObject({
    kind: "silence",
    bars: [{ from: 0 }],
    unknownFrom: null,
  });
});
