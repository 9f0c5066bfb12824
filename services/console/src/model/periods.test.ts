import { describe, expect, it } from "vitest";
import { firstOf, isPeriodKind, reportMonths, shiftedFirst, spanAsked, spanAt, spanTitle } from "./periods";

const BANGKOK = "Asia/Bangkok";
const NOW = Date.parse("2026-11-21T16:30:00Z");

describe("a period", () => {
  it.each([
    ["day", "2026-11-21", "2026-11-21", "2026-11-20"],
    ["week", "2026-11-22", "2026-11-16", "2026-11-09"],
    ["week", "2027-01-01", "2026-12-28", "2026-12-21"],
    ["month", "2026-11-21", "2026-11-01", "2026-10-01"],
    ["quarter", "2026-11-21", "2026-10-01", "2026-07-01"],
    ["quarter", "2026-02-28", "2026-01-01", "2025-10-01"],
    ["year", "2026-11-21", "2026-01-01", "2025-01-01"],
  ] as const)("of kind %s with %s in it begins on %s, the one before on %s", (kind, at, first, before) => {
    expect(firstOf(kind, at)).toBe(first);
    expect(shiftedFirst(kind, first, -1)).toBe(before);
    expect(shiftedFirst(kind, before, 1)).toBe(first);
  });

  it("begins and ends by the city's clocks", () => {
    const span = spanAt("month", NOW, BANGKOK);
    expect(new Date(span.start).toISOString()).toBe("2026-10-31T17:00:00.000Z");
    expect(new Date(span.end).toISOString()).toBe("2026-11-30T17:00:00.000Z");
    // Half past eleven in the evening there, and still the same day.
    expect(spanAt("day", NOW, BANGKOK).first).toBe("2026-11-21");
  });

  it("is that of the address, or of now", () => {
    expect(spanAsked("quarter", "2026-05-17", NOW, BANGKOK).first).toBe("2026-04-01");
    expect(spanAsked("month", null, NOW, BANGKOK).first).toBe("2026-11-01");
    expect(spanAsked("month", "soon", NOW, BANGKOK).first).toBe("2026-11-01");
    expect(isPeriodKind("week")).toBe(true);
    expect(isPeriodKind("aeon")).toBe(false);
  });
});

it("is said as people say it, with Buddhist years in Thai", () => {
  expect(spanTitle({ kind: "month", first: "2026-10-01" }, "en")).toBe("October 2026");
  expect(spanTitle({ kind: "month", first: "2026-10-01" }, "th")).toBe("ตุลาคม 2569");
  expect(spanTitle({ kind: "quarter", first: "2026-10-01" }, "en")).toBe("Q4 2026");
  expect(spanTitle({ kind: "quarter", first: "2026-10-01" }, "th")).toContain("ไตรมาส 4");
  expect(spanTitle({ kind: "week", first: "2026-11-16" }, "en")).toMatch(/16.+22 Nov 2026/);
  expect(spanTitle({ kind: "year", first: "2026-01-01" }, "en")).toBe("2026");
  expect(spanTitle({ kind: "day", first: "2026-11-21" }, "en", true)).toBe("21 Nov");
});

it("offers the months of which a report can be had, this one first", () => {
  expect(reportMonths(NOW, BANGKOK, 3)).toEqual(["2026-11", "2026-10", "2026-09"]);
});
