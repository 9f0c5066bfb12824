import { describe, expect, it } from "vitest";
import type { Alert, Severity } from "../contract";
import { arrive as arriveAll, bounded, countsOf, loadByZone, NO_FILTERS, queryOf, visible } from "./alerts";

function alert(id: string, severity: Severity, minute: number, more: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: "air-quality/pm25-unhealthy",
    domain: "environment",
    zone: "samyan",
    device: "aq-01",
    severity,
    state: "firing",
    starts_at: `2026-01-05T00:${String(minute).padStart(2, "0")}:00Z`,
    ends_at: null,
    acknowledged: null,
    title: { en: id, th: id },
    evidence: { metric: "pm25", value: 81, window: null, threshold: 75, readings: [] },
    times: {},
    ...more,
  };
}

const ids = (alerts: Alert[]) => alerts.map(({ id }) => id);
const arrive = (alerts: ReadonlyMap<string, Alert>, ...told: Alert[]) => {
  const { alerts: next, news } = arriveAll(alerts, told);
  return { alerts: next, news: news !== null, worst: news?.id };
};
const acknowledged = { by: "operator-7", at: "2026-01-05T00:10:00Z", note: null };

describe("visible", () => {
  const all = [
    alert("old-critical", "critical", 1, { assigned_to: "me" }),
    alert("hidden", "critical", 8, {
      suppressed: { kind: "silence", id: "s", by: "x", reason: null, until: null },
    }),
    alert("new-warning", "warning", 9),
    alert("major", "major", 5, { zone: "yothi", domain: "mobility", acknowledged }),
  ];

  it("shows the newest first", () => {
    expect(ids(visible(all, NO_FILTERS))).toEqual(["new-warning", "major", "old-critical"]);
  });

  it("shows the worst first when asked", () => {
    const worst = visible(all, { ...NO_FILTERS, worstFirst: true });
    expect(ids(worst)).toEqual(["old-critical", "major", "new-warning"]);
  });

  it("orders alerts of the same moment by id, newest id first", () => {
    const same = [alert("01A", "minor", 3), alert("01B", "minor", 3)];
    expect(ids(visible(same, NO_FILTERS))).toEqual(["01B", "01A"]);
  });

  it.each([
    [{ severities: new Set<Severity>(["critical", "major"]) }, ["major", "old-critical"]],
    [{ service: "no-such-service" }, []],
    [{ domain: "mobility" as const }, ["major"]],
    [{ zone: "samyan" }, ["new-warning", "old-critical"]],
    [{ unacknowledged: true }, ["new-warning", "old-critical"]],
    [{ mine: true }, ["old-critical"]],
    [{ suppressed: true }, ["hidden"]],
    [{ zone: "samyan", severities: new Set<Severity>(["major"]) }, []],
  ])("filters by %o", (filters, expected) => {
    expect(ids(visible(all, { ...NO_FILTERS, ...filters }, "me"))).toEqual(expected);
  });
});

describe("arrive", () => {
  it("takes a new alert in, as news", () => {
    const { alerts, news } = arrive(new Map(), alert("a", "minor", 1));
    expect([...alerts.keys()]).toEqual(["a"]);
    expect(news).toBe(true);
  });

  it("tells a rise in severity as news, a fall not", () => {
    const minor = new Map([["a", alert("a", "minor", 1)]]);
    expect(arrive(minor, alert("a", "critical", 1)).news).toBe(true);
    expect(arrive(minor, alert("a", "warning", 1)).news).toBe(false);
    expect(arrive(minor, alert("a", "minor", 1, { acknowledged })).news).toBe(false);
  });

  it("keeps a resolved alert that was shown, and leaves out one that was not", () => {
    const resolved = alert("a", "minor", 1, { state: "resolved" });
    expect(arrive(new Map([["a", alert("a", "minor", 1)]]), resolved).alerts.get("a")?.state).toBe(
      "resolved",
    );
    expect(arrive(new Map(), resolved).alerts.size).toBe(0);
  });

  it("leaves pending and shadow alerts out", () => {
    expect(arrive(new Map(), alert("a", "minor", 1, { state: "pending" })).alerts.size).toBe(0);
    expect(arrive(new Map(), alert("a", "critical", 1, { mode: "shadow" }))).toMatchObject({ news: false });
  });

  it("does not lose the history that the list does not carry", () => {
    const history = [{ at: "2026-01-05T00:01:00Z", change: "firing" }];
    const known = new Map([["a", alert("a", "minor", 1, { history })]]);
    expect(arrive(known, alert("a", "major", 1)).alerts.get("a")?.history).toBe(history);
  });
});

describe("arriving many at once", () => {
  it("tells of the worst of them alone", () => {
    const told = [alert("a", "minor", 1), alert("b", "critical", 2), alert("c", "major", 3)];
    expect(arrive(new Map(), ...told)).toMatchObject({ news: true, worst: "b" });
  });

  it("takes no event that is older than what is known", () => {
    const known = new Map([["a", alert("a", "minor", 1, { number: 4, acknowledged })]]);
    expect(arrive(known, alert("a", "minor", 1, { number: 3 })).alerts.get("a")?.acknowledged).toBe(
      acknowledged,
    );
  });

  it("has no news of what nobody is told, nor of a step on an alert that is not held", () => {
    const suppressed = { kind: "silence" as const, id: "s", by: "x", reason: null, until: null };
    expect(arrive(new Map(), alert("a", "critical", 1, { suppressed })).news).toBe(false);
    expect(arrive(new Map(), alert("a", "critical", 1, { change: "acknowledged" })).news).toBe(false);
    expect(arrive(new Map(), alert("a", "critical", 1, { change: "reopened" })).news).toBe(true);
  });
});

describe("a storm", () => {
  const many = new Map(
    Array.from({ length: 50 }, (_, n) => [
      `a${n}`,
      alert(`a${n}`, n === 3 ? "critical" : "minor", n % 60, n % 2 ? { acknowledged } : {}),
    ]),
  );

  it("is held up to a bound, in the order that is wanted", () => {
    expect([...bounded(many, NO_FILTERS, null, 3, new Set()).keys()]).toEqual(["a49", "a48", "a47"]);
    const worst = { ...NO_FILTERS, worstFirst: true };
    expect([...bounded(many, worst, null, 2, new Set()).keys()]).toEqual(["a3", "a49"]);
  });

  it("holds only what the filters want, and what lingers", () => {
    const held = bounded(many, { ...NO_FILTERS, unacknowledged: true }, null, 2, new Set(["a1"]));
    expect([...held.keys()]).toEqual(["a1", "a48", "a46"]);
  });

  it("asks the server for what the filters want", () => {
    expect(queryOf(NO_FILTERS, "me")).toEqual({ state: "firing", suppressed: false });
    const all = {
      severities: new Set<Severity>(["critical", "major"]),
      domain: "energy" as const,
      zone: "samyan",
      service: "street-lights",
      unacknowledged: true,
      mine: true,
      suppressed: true,
      worstFirst: false,
    };
    expect(queryOf(all, "me")).toEqual({
      state: "firing",
      suppressed: true,
      severity: "critical,major",
      domain: "energy",
      zone: "samyan",
      service: "street-lights",
      acknowledged: false,
      assigned_to: "me",
    });
  });
});

describe("counting", () => {
  const all = [
    alert("a", "minor", 1),
    alert("b", "critical", 2),
    alert("c", "major", 3, { zone: "yothi", acknowledged }),
    alert("d", "critical", 4, { zone: "yothi", state: "resolved" }),
    alert("e", "critical", 5, {
      suppressed: { kind: "maintenance", id: "m", by: null, reason: null, until: null },
    }),
    alert("f", "warning", 6, { zone: null }),
  ];
  const counts = countsOf(all);

  it("gives each zone its open alerts and the worst of them, what is suppressed left out", () => {
    expect(loadByZone(counts)).toEqual(
      new Map([
        ["samyan", { count: 2, worst: "critical" }],
        ["yothi", { count: 1, worst: "major" }],
      ]),
    );
  });

  it("counts what is open, and by itself what is suppressed", () => {
    expect(counts).toMatchObject({
      open: 4,
      unacknowledged: 3,
      suppressed: 1,
      severities: { critical: 1, major: 1, minor: 1, warning: 1 },
      rules: { "air-quality/pm25-unhealthy": 4 },
    });
  });
});
