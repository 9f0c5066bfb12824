import { expect, it } from "vitest";
import { firstOn, recurs, rruleOf, weekdayOf } from "./recurrence";

const MONDAY = "2026-01-05T01:00";

it("makes the rule of RFC 5545 that the form means", () => {
  expect(rruleOf("once", ["MO"], MONDAY)).toBeNull();
  expect(rruleOf("daily", [], MONDAY)).toBe("FREQ=DAILY");
  expect(rruleOf("weekly", ["TH", "MO"], MONDAY)).toBe("FREQ=WEEKLY;BYDAY=MO,TH");
  expect(rruleOf("weekly", [], MONDAY)).toBe("FREQ=WEEKLY;BYDAY=MO");
  expect(rruleOf("monthly", [], MONDAY)).toBe("FREQ=MONTHLY;BYMONTHDAY=5");
});

it("begins a weekly window on one of its days", () => {
  expect(weekdayOf(MONDAY)).toBe("MO");
  expect(firstOn(MONDAY, ["MO", "SU"])).toBe(MONDAY);
  expect(firstOn(MONDAY, ["SU"])).toBe("2026-01-11T01:00");
  expect(firstOn(MONDAY, [])).toBe(MONDAY);
});

it("reads back what it makes, and leaves anything else as it is written", () => {
  expect(recurs(null)).toEqual({ kind: "once" });
  expect(recurs("FREQ=DAILY")).toEqual({ kind: "daily" });
  expect(recurs("RRULE:FREQ=WEEKLY;BYDAY=MO,TH")).toEqual({ kind: "weekly", days: ["MO", "TH"] });
  expect(recurs("FREQ=MONTHLY;BYMONTHDAY=5")).toEqual({ kind: "monthly", day: 5 });
  for (const rrule of [
    "FREQ=WEEKLY;BYDAY=1MO",
    "FREQ=DAILY;COUNT=3",
    "FREQ=MONTHLY;BYDAY=1SU",
    "FREQ=YEARLY",
  ])
    expect(recurs(rrule)).toEqual({ kind: "other", rrule });
});
