import { describe, expect, it } from "vitest";
import {
  deviceData,
  hashOf,
  kpiAddress,
  NO_DATA_FILTERS,
  NO_KPI_FILTERS,
  NO_RULE_FILTERS,
  noteAddress,
  placeOf,
  ruleAddress,
  standingAddress,
} from "./place";

describe("the address", () => {
  it.each([
    ["", "city", null],
    ["#alert/01J", "city", { kind: "alert", id: "01J" }],
    ["#domain/energy", "city", { kind: "domain", id: "energy" }],
    ["#incidents", "city", null],
    ["#incidents/incident/01J", "city", { kind: "incident", id: "01J" }],
    ["#incidents/alert/01J", "city", { kind: "alert", id: "01J" }],
    ["#incident/01J", "city", { kind: "incident", id: "01J" }],
    ["#silences/maintenance/01J", "silences", { kind: "maintenance", id: "01J" }],
    ["#notices", "notices", null],
    ["#services", "services", null],
    ["#services/service/air-quality", "services", { kind: "service", id: "air-quality" }],
    ["#services/zone/samyan", "services", { kind: "zone", id: "samyan" }],
    ["#service/air-quality", "city", { kind: "service", id: "air-quality" }],
    ["#kpis", "kpis", null],
    ["#kpis/kpi/saifi?period=quarter", "kpis", { kind: "kpi", id: "saifi" }],
    ["#public/note/01J", "public", { kind: "note", id: "01J" }],
    ["#data", "data", null],
    ["#data/cause/00ff", "data", { kind: "cause", id: "00ff" }],
    ["#data/cause/00ff?device=aq-01", "data", { kind: "cause", id: "00ff" }],
  ])("%s is a page and what is selected on it", (hash, page, selection) => {
    expect(placeOf(hash)).toMatchObject({ page, selection });
    expect(hashOf(placeOf(hash))).toBe(hash);
  });

  it("holds every filter of the data", () => {
    const place = {
      page: "data",
      view: "alerts",
      selection: { kind: "cause", id: "a/b" },
      filters: {
        device: "aq-01",
        code: "too_old",
        period: "day",
        words: "pm25 & more",
        domain: "energy",
        zone: "samyan",
        problems: ["stuck", "gaps"],
      },
      rules: NO_RULE_FILTERS,
      kpis: NO_KPI_FILTERS,
    } as const;
    expect(placeOf(hashOf(place))).toEqual(place);
  });

  it("says all of the rules", () => {
    const place = {
      page: "rules",
      view: "alerts",
      selection: { kind: "rule", id: "air-quality/pm25-high" },
      filters: NO_DATA_FILTERS,
      rules: { words: "pm 2.5", domain: "environment", kind: "window", mode: "shadow", firing: true },
      kpis: NO_KPI_FILTERS,
    } as const;
    expect(placeOf(hashOf(place))).toEqual(place);
    expect(ruleAddress("a/b")).toBe("#rules/rule/a%2Fb");
    expect(placeOf("#rules?mode=maybe&firing=perhaps&kind=").rules).toEqual(NO_RULE_FILTERS);
  });

  it("says which indicators of when", () => {
    const kpis = { domain: "energy", period: "quarter", at: "2026-10-01" } as const;
    const place = { ...placeOf("#kpis"), kpis };
    expect(placeOf(hashOf(place))).toEqual(place);
    expect(placeOf("#kpis?period=aeon&at=soon&domain=moon").kpis).toEqual(NO_KPI_FILTERS);
    expect(kpiAddress("saifi")).toBe("#kpis/kpi/saifi");
    expect(standingAddress("zone", "samyan")).toBe("#services/zone/samyan");
    expect(noteAddress("01J")).toBe("#public/note/01J");
  });

  it.each([
    "#alerts",
    "#rules/alert/01J",
    "#alert",
    "#data/alert/01J",
    "#cause/00ff",
    "#data?problem=nonsense&domain=moon&period=aeon&zone=",
  ])("%s selects nothing and limits nothing", (hash) => {
    expect(placeOf(hash)).toMatchObject({ selection: null, filters: NO_DATA_FILTERS });
  });

  it("takes what can't be decoded as it is", () => {
    expect(placeOf("#alert/100%").selection).toEqual({ kind: "alert", id: "100%" });
  });

  it("leads to a device", () => {
    expect(deviceData("aq 1")).toBe("#data?device=aq+1");
  });
});
