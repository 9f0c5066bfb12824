import { describe, expect, it } from "vitest";
import { CityTime, DAY, delta, HOUR, knownTimezone, MINUTE, SECOND, span, toMs } from "./time";

const NOON = Date.parse("2026-11-21T05:00:00.120Z");

describe("toMs", () => {
  it.each([
    ["2026-11-21T05:00:00.120Z", NOON],
    ["2026-11-21T12:00:00.120+07:00", NOON],
    [NOON, NOON],
    [null, null],
    [undefined, null],
    ["yesterday", null],
  ])("%s is %s", (instant, ms) => {
    expect(toMs(instant)).toBe(ms);
  });
});

describe("span", () => {
  it.each([
    [-5, "0 s", "0 วินาที"],
    [42 * SECOND, "42 s", "42 วินาที"],
    [3 * MINUTE + 59 * SECOND, "3 min", "3 นาที"],
    [2 * HOUR + 14 * MINUTE, "2 h 14 min", "2 ชม. 14 นาที"],
    [2 * HOUR, "2 h", "2 ชม."],
    [3 * DAY + 4 * HOUR, "3 d 4 h", "3 วัน 4 ชม."],
  ])("%d ms", (ms, en, th) => {
    expect(span(ms, "en")).toBe(en);
    expect(span(ms, "th")).toBe(th);
  });
});

describe("delta", () => {
  it.each([
    [38, "+38 ms"],
    [-1200, "−1.2 s"],
    [90_000, "+1 min"],
  ])("%d ms is %s", (ms, text) => {
    expect(delta(ms, "en")).toBe(text);
  });
});

describe("CityTime", () => {
  it("speaks the city's time, not the browser's", () => {
    expect(new CityTime("en", "Asia/Bangkok").clock(NOON)).toBe("12:00:00");
    expect(new CityTime("en", "Asia/Bangkok").exact(NOON)).toBe("12:00:00.120");
    expect(new CityTime("en", "UTC").short(NOON)).toBe("05:00");
  });

  it("counts Thai years in Thai", () => {
    expect(new CityTime("en", "Asia/Bangkok").date(NOON)).toContain("2026");
    expect(new CityTime("th", "Asia/Bangkok").date(NOON)).toContain("2569");
  });

  it("adds the day to times of other days, by the city's midnight", () => {
    const time = new CityTime("en", "Asia/Bangkok");
    const beforeMidnight = Date.parse("2026-11-20T16:59:00Z");
    const afterMidnight = Date.parse("2026-11-20T17:01:00Z");
    expect(time.moment(beforeMidnight, NOON)).toBe("20 Nov, 23:59");
    expect(time.moment(afterMidnight, NOON)).toBe("00:01:00");
  });

  it("falls back to UTC where the browser does not know a zone", () => {
    expect(knownTimezone("Asia/Bangkok")).toBe("Asia/Bangkok");
    expect(knownTimezone("Asia/Atlantis")).toBe("UTC");
  });
});
