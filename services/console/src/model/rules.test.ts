import { describe, expect, it } from "vitest";
import type { Rule } from "../contract";
import { messages } from "../i18n";
import { NO_RULE_FILTERS } from "./place";
import { firingOf, grouped, shownRules, titleParts } from "./rules";
import { clearingWords, conditionWords, type Saying, scheduleWords, whereWords } from "./rulewords";

const rule = (id: string, changes: Partial<Rule> = {}): Rule => ({
  id,
  group: id.split("/")[0] ?? "",
  domain: "environment",
  version: "sha256:00",
  source: { file: "rules/a.yaml", line: 4, pack: null },
  on: "AirQualityObserved",
  metric: "pm25",
  kind: "above",
  when: { above: 37.5, clear_below: 35 },
  levels: null,
  severity: "warning",
  for: "5m",
  keep_firing_for: "0s",
  schedule: null,
  where: {},
  lateness: "0s",
  mode: "live",
  against: null,
  title: { en: "PM2.5 high in {zone}", th: "ฝุ่นสูงใน {zone}" },
  alerts: { pending: 0, firing: 0 },
  group_evaluations: 0,
  ...changes,
});

const NONE = new Map<string, number>();

describe("the list", () => {
  const rules = [
    rule("traffic/jam", { domain: "mobility", kind: "window" }),
    rule("flood/deep", { mode: "shadow", alerts: { pending: 0, firing: 2 } }),
    rule("air/high"),
    rule("flood/rising", { metric: "level" }),
  ];
  const ids = (filters: object, firing = NONE) =>
    shownRules(rules, { ...NO_RULE_FILTERS, ...filters }, firing).map(({ id }) => id);

  it("goes by domain, group and file", () => {
    expect(ids({})).toEqual(["air/high", "flood/deep", "flood/rising", "traffic/jam"]);
    expect(grouped(shownRules(rules, NO_RULE_FILTERS, NONE)).map(({ rules: of }) => of.length)).toEqual([
      1, 2, 1,
    ]);
  });

  it.each([
    [{ words: "ฝุ่น RISING" }, ["flood/rising"]],
    [{ domain: "mobility" }, ["traffic/jam"]],
    [{ kind: "window" }, ["traffic/jam"]],
    [{ mode: "shadow" }, ["flood/deep"]],
    [{ words: "nothing like it" }, []],
  ])("%o shows %o", (filters, wanted) => expect(ids(filters)).toEqual(wanted));

  it("counts what fires live, and of shadow rules what the server counts", () => {
    const firing = new Map([
      ["air/high", 3],
      ["flood/deep", 0],
    ]);
    expect(ids({ firing: true }, firing)).toEqual(["air/high", "flood/deep"]);
    expect(rules.map((one) => firingOf(one, firing))).toEqual([0, 2, 3, 0]);
  });
});

it("tells what an alert fills into a title", () => {
  expect(titleParts("PM2.5 in {zone}: {value}")).toEqual([
    { text: "PM2.5 in ", slot: false },
    { text: "zone", slot: true },
    { text: ": ", slot: false },
    { text: "value", slot: true },
  ]);
});

const to = (lang: "en" | "th"): Saying => ({
  say: messages(lang),
  lang,
  metric: "PM2.5",
  unit: "µg/m³",
  zoneName: (id) => (id === "ong-ang" ? "Ong Ang" : id),
});

describe("a condition in words", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ above: 37.5 }, "PM2.5 above 37.5 µg/m³"],
    [{ below: 4 }, "PM2.5 below 4 µg/m³"],
    [{ outside: [5, 9] }, "PM2.5 outside 5 to 9 µg/m³"],
    [{ equals: false }, "PM2.5 is false"],
    [{ in: ["moved", "dropped"] }, "PM2.5 is one of moved, dropped"],
    [
      { window: { agg: "mean", over: "24h", coverage: 0.75 }, above: 37.5 },
      "24 h mean of PM2.5 above 37.5 µg/m³ (at least 75 % of its readings there)",
    ],
    [{ window: { agg: "rate", over: "1h", per: "1h" }, above: 2 }, "1 h rate of PM2.5 above 2 µg/m³ per 1 h"],
    [
      { window: { agg: "count", over: "1h", tumbling: true }, above: 3 },
      "1 h number of readings of PM2.5 above 3 (in whole periods)",
    ],
    [{ change: { over: "10m", relative: true }, below: -0.5 }, "PM2.5: change within 10 min below -0.5"],
    [
      { deviation: { agg: "median", min_devices: 3 }, outside: [-40, 40] },
      "PM2.5 less the median of the other devices of its zone (at least 3) outside -40 to 40 µg/m³",
    ],
    [{ anomaly: {}, above: 0.9 }, "PM2.5: how unusual it is, 0 to 1, above 0.9"],
    [{ stuck: { over: "2h", tolerance: 0 } }, "PM2.5 does not move within 2 h"],
    [{ stuck: { over: "2h", tolerance: 1 } }, "PM2.5 moves by no more than 1 µg/m³ within 2 h"],
    [{ absent: {} }, "nothing heard of the device for three intervals"],
    [{ absent: { after: "1h30m", of: "zone" } }, "nothing heard of any device of the zone for 1 h 30 min"],
    [
      { quorum: { of: { above: 9 }, share: 0.5 } },
      "at least 50 % of the devices of a zone at once: PM2.5 above 9 µg/m³",
    ],
    [
      { quorum: { of: { absent: { after: "5m" } }, at_least: 2, radius: "500m" } },
      "at least 2 devices of a zone at once within 500m: nothing heard of the device for 5 min",
    ],
    // biome-ignore lint/suspicious/noThenProperty: so the contract calls it
    [{ sequence: { first: "a", then: "b", within: "10m" } }, "first a, then b within 10 min"],
    [{ geofence: { zone: "ong-ang", is: "in" } }, "it is in Ong Ang"],
    [{ geofence: { zone: "ong-ang", is: "out" } }, "it is outside Ong Ang"],
    [{ expr: "pm25 > 3.0" }, "pm25 > 3.0"],
    [{ all: ["a", "b"] }, "all of these fire: a, b"],
    [{ any: ["a", "b"] }, "any of these fires: a, b"],
    [{ not: "a" }, "a does not fire"],
  ])("%o", (when, wanted) => {
    expect(conditionWords(when, to("en"))).toBe(wanted);
    if (!("expr" in when)) expect(conditionWords(when, to("th"))).toMatch(/[\u0E00-\u0E7F]/);
  });

  it("tells what clears it", () => {
    expect(clearingWords({ above: 9, clear_below: 8 }, to("en"))).toBe("clears at 8 µg/m³ or below");
    expect(clearingWords({ below: 8, clear_above: 9 }, to("en"))).toBe("clears at 9 µg/m³ or above");
    expect(clearingWords({ outside: [1, 9], clear_within: [2, 8] }, to("en"))).toContain("within 2");
    expect(clearingWords({ anomaly: {}, above: 0.9, clear_below: 0.5 }, to("en"))).toBe(
      "clears at 0.5 or below",
    );
    expect(clearingWords({ above: 9 }, to("en"))).toBeNull();
  });
});

it("says when and where a rule watches", () => {
  const { say } = to("en");
  expect(scheduleWords(rule("a/b"), say)).toBe("at all times");
  const schedule = { days: "mon-fri", hours: ["06:00-20:00"], holidays: "exclude" };
  expect(scheduleWords(rule("a/b", { schedule }), say)).toBe("Mon–Fri, 06:00–20:00, not on public holidays");
  expect(scheduleWords(rule("a/b", { schedule: { period: "on-peak" } }), say)).toBe("on-peak hours");
  expect(whereWords(rule("a/b"), to("en"))).toBeNull();
  const where = { zones: ["ong-ang"], devices: ["aq-*"], labels: { site: ["school", "market"] } };
  expect(whereWords(rule("a/b", { where }), to("en"))).toBe(
    "zones Ong Ang; devices aq-*; Site school, market",
  );
});
