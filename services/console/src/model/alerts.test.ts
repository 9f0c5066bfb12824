import { describe, expect, it } from "vitest";
import type { Alert, Severity } from "../contract";
import { arrive, countBySeverity, loadByZone, NO_FILTERS, visible } from "./alerts";

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
const acknowledged = { by: "operator-7", at: "2026-01-05T00:10:00Z", note: null };

describe("visible", () => {
  const all = [
    alert("old-critical", "critical", 1),
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
    [{ domain: "mobility" as const }, ["major"]],
    [{ zone: "samyan" }, ["new-warning", "old-critical"]],
    [{ unacknowledged: true }, ["new-warning", "old-critical"]],
    [{ zone: "samyan", severities: new Set<Severity>(["major"]) }, []],
  ])("filters by %o", (filters, expected) => {
    expect(ids(visible(all, { ...NO_FILTERS, ...filters }))).toEqual(expected);
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

describe("counting", () => {
  const all = [
    alert("a", "minor", 1),
    alert("b", "critical", 2),
    alert("c", "major", 3, { zone: "yothi" }),
    alert("d", "critical", 4, { zone: "yothi", state: "resolved" }),
  ];

  it("gives each zone its open alerts and the worst of them", () => {
    expect(loadByZone(all)).toEqual(
      new Map([
        ["samyan", { count: 2, worst: "critical" }],
        ["yothi", { count: 1, worst: "major" }],
      ]),
    );
  });

  it("counts open alerts by severity", () => {
    expect(countBySeverity(all)).toEqual({ critical: 1, major: 1, minor: 1, warning: 0 });
  });
});
