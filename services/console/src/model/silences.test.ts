import { describe, expect, it } from "vitest";
import type { Alert, Silence } from "../contract";
import { asksNothing, endAfter, formOf, matcherOf, partsOf, scopesOf, shelved } from "./silences";
import { HOUR } from "./time";

const alert = (more: Partial<Alert>): Alert =>
  ({ device: "aq-01", rule: "air/high", zone: "samyan", service: "air", incident: "I", ...more }) as Alert;

describe("what an operator may mean", () => {
  it("is the narrowest first", () => {
    const scopes = scopesOf(alert({}));
    expect(scopes[0]).toEqual({ name: "ruleDevice", matcher: { rules: ["air/high"], devices: ["aq-01"] } });
    expect(scopes.map(({ name }) => name)).toEqual([
      "ruleDevice",
      "device",
      "ruleZone",
      "serviceZone",
      "zone",
      "rule",
      "incident",
    ]);
  });

  it("leaves out what the alert does not have", () => {
    const bare = alert({ device: null, zone: null, service: null, incident: null });
    expect(scopesOf(bare).map(({ name }) => name)).toEqual(["rule"]);
  });
});

describe("a matcher", () => {
  const matcher = { devices: ["aq-*", "no-1"], zones: ["samyan"], labels: { feeder: ["fd-3", "fd-4"] } };

  it("goes through a form and back", () => {
    expect(formOf(matcher)).toMatchObject({
      devices: "aq-*, no-1",
      zones: "samyan",
      rules: "",
      labels: "feeder=fd-3, feeder=fd-4",
    });
    expect(matcherOf(formOf(matcher))).toEqual(matcher);
  });

  it("that asks nothing is known as such", () => {
    expect(asksNothing(matcherOf(formOf({})))).toBe(true);
    expect(asksNothing({ zones: [] })).toBe(true);
    expect(asksNothing(matcher)).toBe(false);
    expect(asksNothing({ labels: { site: ["school"] } })).toBe(false);
  });

  it("is told part by part, in a fixed order", () => {
    expect(partsOf(matcher).map(({ field }) => field)).toEqual(["zones", "devices", "label"]);
  });
});

it("ends after its length, in the morning, or when somebody says", () => {
  const now = Date.parse("2026-01-04T20:00:00Z");
  expect(endAfter("1h", now, "Asia/Bangkok")).toBe(now + HOUR);
  expect(endAfter("4h", now, "Asia/Bangkok")).toBe(now + 4 * HOUR);
  expect(endAfter("morning", now, "Asia/Bangkok")).toBe(Date.parse("2026-01-05T01:00:00Z"));
  expect(endAfter("custom", now, "Asia/Bangkok")).toBeNull();
});

it("shelves silences by the clock: one whose end has come is over before anybody says so", () => {
  const silence = (id: string, starts_at: number, ends_at: number, state: Silence["state"]) =>
    ({ id, starts_at, ends_at, state }) as Silence;
  const shelves = shelved(
    [
      silence("long", 0, 900, "active"),
      silence("soon", 0, 200, "active"),
      silence("gone", 0, 100, "active"),
      silence("later", 300, 400, "pending"),
      silence("begun", 100, 800, "pending"),
      silence("ended", 0, 900, "expired"),
    ],
    150,
  );
  expect(shelves.active.map(({ id }) => id)).toEqual(["soon", "begun", "long"]);
  expect(shelves.pending.map(({ id }) => id)).toEqual(["later"]);
  expect(shelves.expired.map(({ id }) => id)).toEqual(["ended", "gone"]);
});
