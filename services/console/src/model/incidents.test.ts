import { describe, expect, it } from "vitest";
import type { Alert, Incident, Severity } from "../contract";
import { NO_FILTERS } from "./alerts";
import { arriveIncidents, byRule, visibleIncidents } from "./incidents";

const incident = (
  id: string,
  opened_at: number,
  severity: Severity,
  more: Partial<Incident> = {},
): Incident =>
  ({
    id,
    number: 1,
    state: "open",
    severity,
    domain: "energy",
    zone: "samyan",
    opened_at,
    open: 1,
    acknowledged: null,
    assigned_to: null,
    ...more,
  }) as Incident;

const ids = (incidents: Iterable<Incident>) => [...incidents].map(({ id }) => id);

describe("incidents", () => {
  const all = [
    incident("small", 1, "major"),
    incident("large", 2, "major", { open: 40, assigned_to: "me" }),
    incident("minor", 3, "minor", { zone: null, acknowledged: { by: "x", at: 0, note: null } }),
  ];

  it("stand newest first, or the worst and among them the largest first", () => {
    expect(ids(visibleIncidents(all, NO_FILTERS, "me"))).toEqual(["minor", "large", "small"]);
    expect(ids(visibleIncidents(all, { ...NO_FILTERS, worstFirst: true }, "me"))).toEqual([
      "large",
      "small",
      "minor",
    ]);
  });

  it.each([
    [{ mine: true }, ["large"]],
    [{ unacknowledged: true }, ["large", "small"]],
    [{ zone: "samyan" }, ["large", "small"]],
    [{ severities: new Set<Severity>(["minor"]) }, ["minor"]],
  ])("are filtered by %o", (filters, expected) => {
    expect(ids(visibleIncidents(all, { ...NO_FILTERS, ...filters }, "me"))).toEqual(expected);
  });

  it("arrive unless they are older than what is known, or over and unknown", () => {
    const known = new Map([["a", incident("a", 1, "minor", { number: 3 })]]);
    const next = arriveIncidents(known, [
      incident("a", 1, "critical", { number: 2 }),
      incident("b", 2, "minor"),
      incident("c", 2, "minor", { state: "resolved" }),
    ]);
    expect(ids(next.values())).toEqual(["a", "b"]);
    expect(next.get("a")?.severity).toBe("minor");
  });
});

it("gathers alerts by their rule, the most first, with the server's counts where it knows more", () => {
  const alert = (id: string, rule: string) => ({ id, rule }) as Alert;
  const shares = byRule([alert("1", "a/x"), alert("2", "b/y"), alert("3", "b/y")], { "a/x": 500, "c/z": 2 });
  expect(shares.map(({ rule, count, alerts }) => [rule, count, alerts.length])).toEqual([
    ["a/x", 500, 1],
    ["b/y", 2, 2],
    ["c/z", 2, 0],
  ]);
});
