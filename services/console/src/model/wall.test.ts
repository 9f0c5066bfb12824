import { describe, expect, it } from "vitest";
import { HOUR } from "./time";
import { dayStart, momentOf, nextHour, spanMs, spanWritten, wallOf } from "./wall";

const at = (text: string) => Date.parse(text);

describe("the city's clocks", () => {
  it.each([
    ["Asia/Bangkok", "2026-01-05T01:00", "2026-01-04T18:00:00Z"],
    ["UTC", "2026-01-05T01:00", "2026-01-05T01:00:00Z"],
    ["Europe/Berlin", "2026-07-01T12:30", "2026-07-01T10:30:00Z"],
    ["Europe/Berlin", "2026-10-25T12:00", "2026-10-25T11:00:00Z"],
  ])("in %s %s is one moment, and back", (zone, wall, moment) => {
    expect(momentOf(wall, zone)).toBe(at(moment));
    expect(wallOf(at(moment), zone)).toBe(wall);
  });

  it("knows no moment of what is no local time", () => {
    expect(momentOf("", "UTC")).toBeNull();
    expect(momentOf("2026-13-45T99:99", "UTC")).toBeNull();
  });

  it("finds the next eight o'clock, today's while it is to come", () => {
    expect(nextHour(at("2026-01-04T20:00:00Z"), 8, "Asia/Bangkok")).toBe(at("2026-01-05T01:00:00Z"));
    expect(nextHour(at("2026-01-05T01:00:00Z"), 8, "Asia/Bangkok")).toBe(at("2026-01-06T01:00:00Z"));
  });

  it("begins a day at its midnight", () => {
    expect(dayStart(at("2026-01-04T18:00:00Z"), "Asia/Bangkok")).toBe(at("2026-01-04T17:00:00Z"));
  });
});

it("reads and writes spans as files do", () => {
  expect(spanMs("1h30m")).toBe(1.5 * HOUR);
  expect(spanMs("soon")).toBeNull();
  expect([spanWritten(1.5 * HOUR), spanWritten(2 * HOUR), spanWritten(60_000)]).toEqual([
    "1h30m",
    "2h",
    "1m",
  ]);
});
