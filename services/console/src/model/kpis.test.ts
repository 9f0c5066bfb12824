import { describe, expect, it } from "vitest";
import type { Kpi } from "../contract.status";
import { bandText, byDomain, limitsOf, scoreOf, seriesOf, targetText, valueText, zoneBars } from "./kpis";

const kpi = (id: string, more: Partial<Kpi> = {}): Kpi => ({
  id,
  domain: "environment",
  title: { en: id, th: id },
  unit: "%",
  direction: "up",
  target: 95,
  band: null,
  zone: null,
  period: { kind: "month", start: 0, end: 1 },
  value: 90,
  state: "missed",
  coverage: 1,
  samples: 10,
  ...more,
});

it("stands by domain in the official order, without zones", () => {
  const all = [kpi("saifi", { domain: "energy" }), kpi("pm25"), kpi("pm25", { zone: "samyan" })];
  expect(byDomain(all).map(([domain, found]) => [domain, found.length])).toEqual([
    ["environment", 1],
    ["energy", 1],
  ]);
});

it("makes a line of each, the oldest first", () => {
  const period = (start: number) => ({ kind: "month" as const, start, end: start + 1 });
  const all = [kpi("a", { period: period(20) }), kpi("b"), kpi("a", { period: period(10) })];
  expect(
    seriesOf([...all, kpi("a", { zone: "samyan" })])
      .get("a")
      ?.map((one) => one.period.start),
  ).toEqual([10, 20]);
});

describe("values and targets", () => {
  it.each([
    [kpi("a"), "≥ 95 %"],
    [kpi("a", { direction: "down", target: 15, unit: "µg/m³" }), "≤ 15 µg/m³"],
    [kpi("a", { direction: "band", target: null, band: [60, 85] }), "60–85 %"],
    [kpi("a", { target: null }), null],
    [kpi("a", { direction: "down", target: 1.5, band: [null, 2.5], unit: "ratio" }), "≤ 1.5"],
  ])("say what is to be reached", (one, told) => {
    expect(targetText(one, "en")).toBe(told);
  });

  it("say bands that are open at an end", () => {
    expect(bandText([null, 85], "%", "en")).toBe("≤ 85 %");
    expect(bandText([60, null], "%", "en")).toBe("≥ 60 %");
  });

  it("have units, and are a dash when there is none", () => {
    expect(valueText(96.42, "%", "en")).toBe("96.4 %");
    expect(valueText(1.43, "1", "en")).toBe("1.43");
    expect(valueText(null, "%", "en")).toBe("–");
  });

  it("count those that reach what they mean to, and leave out what has no target or not enough data", () => {
    const states = ["met", "in_band", "missed", "out_of_band", "no_target", "not_enough_data"] as const;
    expect(scoreOf(states.map((state) => kpi(state, { state })))).toEqual({ good: 2, of: 4, unknown: 1 });
  });
});

describe("zones compared", () => {
  const zone = (id: string, value: number | null, more: Partial<Kpi> = {}) =>
    kpi("pm25", { zone: id, value, ...more });
  const names = (kpis: Kpi[]) => zoneBars(kpis).bars.map(({ kpi: one }) => one.zone);

  it("stand from best to worst, those without enough data last", () => {
    const all = [zone("none", null), zone("worse", 50), zone("best", 100)];
    expect(names(all)).toEqual(["best", "worse", "none"]);
    const fewer = { direction: "down" as const, target: 15 };
    expect(names([zone("worse", 30, fewer), zone("best", 10, fewer)])).toEqual(["best", "worse"]);
  });

  it("are drawn from nought to the largest of values and targets", () => {
    const { bars, limits } = zoneBars([zone("a", 47.5), zone("b", null)]);
    expect(bars.map(({ share }) => share)).toEqual([0.5, null]);
    expect(limits).toEqual([1]);
    expect(zoneBars([kpi("city")])).toEqual({ bars: [], limits: [] });
    expect(zoneBars([zone("a", 0, { target: 0 })]).bars[0]?.share).toBe(0);
  });

  it("have their band's ends as limits", () => {
    expect(limitsOf(kpi("a", { target: null, band: [60, 85] }))).toEqual([60, 85]);
  });
});
