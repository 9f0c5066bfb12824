import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Api, ProblemError, UnreachableError } from "../api";
import { type Alert, type DomainStatus, SEVERITIES } from "../contract";
import { LINGER_MS, NO_FILTERS } from "../model/alerts";
import { GRACE_MS } from "../model/connection";
import { MOST_HELD } from "./alerts";
import { LiveCity, type Stream } from "./city";

class FakeStream extends EventTarget {
  readyState = 0;

  close(): void {
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** The browser tries again by itself, unless the server refused. */
  breaks(refused = false): void {
    this.readyState = refused ? 2 : 0;
    this.dispatchEvent(new Event("error"));
  }

  tells(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

const alert = (id: string, more: Partial<Alert> = {}): Alert =>
  ({
    id,
    severity: "major",
    state: "firing",
    zone: "samyan",
    starts_at: 0,
    acknowledged: null,
    ...more,
  }) as Alert;

const page = <T>(items: T[], next: string | null = null) => ({ items, next });

const ledger = { received: 1, stored: 1, duplicate: 0, quarantined: 0, pending: 0 };

function city() {
  const streams: FakeStream[] = [];
  const signedOut = vi.fn();
  const api = {
    offset: 0,
    session: vi.fn(async () => ({})),
    domains: vi.fn(async () => [{ domain: "energy", status: "operational" } as DomainStatus]),
    device: vi.fn(async () => ({})),
    latest: vi.fn(async () => [] as unknown[]),
    ledger: vi.fn(async (_device?: string) => ledger),
    alerts: vi.fn(async (_query?: unknown) => page([alert("a")])),
    alertCounts: vi.fn(async () => ({ open: 20_000 })),
    incidents: vi.fn(async () => page<unknown>([])),
    floods: vi.fn(async () => [] as unknown[]),
    zones: async () => [],
    devices: async () => [],
    types: async () => [],
  };
  const open = () => {
    const stream = new FakeStream();
    streams.push(stream);
    return stream as unknown as Stream;
  };
  const live = new LiveCity(api as unknown as Api, open, signedOut);
  live.start();
  return { live, api, streams, signedOut, last: () => streams.at(-1) as FakeStream };
}

/** What arrives is shown with the next picture. */
const FRAME = 20;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ids = (live: LiveCity) => [...(live.alerts.held.value?.keys() ?? [])];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("LiveCity", () => {
  it("reads a snapshot, then follows the stream", async () => {
    const { live, last } = city();
    last().opens();
    await pass(0);
    expect(live.connection.value.kind).toBe("live");
    expect(ids(live)).toEqual(["a"]);
    last().tells("alert", { change: "firing", alert: alert("b", { severity: "critical" }) });
    last().tells("status", { domain: "energy", status: "outage" });
    await pass(FRAME);
    expect(ids(live)).toEqual(["a", "b"]);
    expect(live.alerts.news.value?.alert.id).toBe("b");
    expect(live.domains.value?.[0]?.status).toBe("outage");
    live.stop();
  });

  it("does not let an older snapshot undo a newer event", async () => {
    const { live, api, last } = city();
    await pass(0);
    let answer: (alerts: Alert[]) => void = () => undefined;
    api.alerts.mockImplementation(() => new Promise((resolve) => (answer = (all) => resolve(page(all)))));
    last().opens();
    await pass(0);
    last().tells("alert", alert("b"));
    last().tells("alert", alert("a", { state: "resolved" }));
    await pass(FRAME);
    answer([alert("a")]);
    await pass(0);
    expect(live.alerts.held.value?.get("a")?.state).toBe("resolved");
    expect(ids(live)).toContain("b");
    live.stop();
  });

  it("lets a resolved alert linger, then go", async () => {
    const { live, last } = city();
    last().opens();
    await pass(0);
    last().tells("alert", alert("a", { state: "resolved" }));
    await pass(FRAME);
    expect(ids(live)).toEqual(["a"]);
    await pass(LINGER_MS + 2000);
    expect(ids(live)).not.toContain("a");
    live.stop();
  });

  it("says that it is stale when the stream stays away, reads nothing meanwhile, and all when it is back", async () => {
    const { live, api, last } = city();
    last().opens();
    await pass(2500);
    const heard = Date.now();
    last().breaks();
    const reads = api.ledger.mock.calls.length;
    await pass(1000);
    expect(live.connection.value.kind).toBe("reconnecting");
    await pass(GRACE_MS);
    expect(live.isStale.value).toBe(true);
    expect(live.connection.value).toMatchObject({ kind: "stale" });
    expect((live.connection.value as { since: number }).since).toBeLessThanOrEqual(heard);
    expect(api.ledger.mock.calls.length).toBe(reads);
    last().opens();
    await pass(0);
    expect(live.connection.value.kind).toBe("live");
    expect(api.ledger.mock.calls.length).toBe(reads + 1);
    live.stop();
  });

  it("opens a new stream, ever more patiently, when the server refuses", async () => {
    const { streams, last, live } = city();
    last().breaks(true);
    await pass(1000);
    expect(streams).toHaveLength(2);
    last().breaks(true);
    await pass(1000);
    expect(streams).toHaveLength(2);
    await pass(1000);
    expect(streams).toHaveLength(3);
    live.stop();
  });

  it("gives up an open stream whose server no longer answers", async () => {
    const { live, api, streams, last } = city();
    last().opens();
    await pass(0);
    api.ledger.mockRejectedValue(new UnreachableError());
    await pass(2000);
    expect(live.connection.value.kind).toBe("reconnecting");
    await pass(1000);
    expect(streams).toHaveLength(2);
    live.stop();
  });

  it("asks for a token when the session has ended, and for nothing on other refusals", async () => {
    const { live, api, signedOut, last } = city();
    last().opens();
    await pass(0);
    api.ledger.mockRejectedValueOnce(new ProblemError(503, {}));
    await pass(2000);
    expect(signedOut).not.toHaveBeenCalled();
    api.ledger.mockRejectedValueOnce(new ProblemError(401, {}));
    await pass(2000);
    expect(signedOut).toHaveBeenCalledOnce();
    live.stop();
  });

  it("hands readings on in handfuls, newest first", async () => {
    const { live, last } = city();
    last().opens();
    await pass(0);
    const reading = (time: number) => ({
      time,
      device: "aq-01",
      zone: "samyan",
      type: "T",
      values: { pm25: 1 },
    });
    last().tells("reading", reading(1000));
    last().tells("reading", [reading(3000), reading(2000)]);
    expect(live.pulse.ticker.value).toEqual([]);
    await pass(500);
    expect(live.pulse.ticker.value.map(({ time }) => time)).toEqual([3000, 2000, 1000]);
    live.stop();
  });

  it("follows one device: its own ledger and its own readings", async () => {
    const { live, api, last } = city();
    last().opens();
    await pass(0);
    const reading = (device: string, time: number) => ({
      time,
      device,
      zone: "z",
      type: "T",
      values: { pm25: 1 },
    });
    api.latest.mockResolvedValue([reading("mine", 1000)]);
    expect(await live.pulse.follow("mine")).toBe(true);
    expect(api.ledger).toHaveBeenLastCalledWith("mine");
    last().tells("reading", [reading("mine", 3000), reading("other", 4000)]);
    await pass(500);
    expect(live.pulse.ticker.value.map(({ device, time }) => [device, time])).toEqual([
      ["mine", 3000],
      ["mine", 1000],
    ]);
    expect(live.pulse.fresh.value).toHaveLength(2);
    await live.pulse.follow(null);
    expect(api.ledger).toHaveBeenLastCalledWith(undefined);
    live.stop();
  });

  it("does not follow a device that is not registered", async () => {
    const { live, api } = city();
    api.device.mockRejectedValue(new ProblemError(404, {}));
    expect(await live.pulse.follow("nobody")).toBe(false);
    expect(live.pulse.followed.value).toBeNull();
    live.stop();
  });

  it("does not let an older snapshot undo a newer status", async () => {
    const { live, api, last } = city();
    let answer: (domains: DomainStatus[]) => void = () => undefined;
    api.domains.mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    last().opens();
    await pass(0);
    last().tells("status", { domain: "energy", status: "outage" });
    answer([{ domain: "energy", status: "operational" } as DomainStatus]);
    await pass(0);
    expect(live.domains.value?.[0]?.status).toBe("outage");
    live.stop();
  });

  it("takes a storm in one change, holds a part of it and asks how many there are", async () => {
    const { live, api, last } = city();
    last().opens();
    await pass(0);
    const changes = vi.fn();
    const stop = live.alerts.held.subscribe(changes);
    changes.mockClear();
    for (let n = 0; n < 5000; n += 1) last().tells("alert", alert(`s${n}`, { starts_at: n }));
    await pass(FRAME);
    expect(changes).toHaveBeenCalledTimes(1);
    expect(live.alerts.held.value?.size).toBe(MOST_HELD);
    expect(ids(live)[0]).toBe("s4999");
    expect(live.alerts.isWhole.value).toBe(false);
    expect(live.alerts.counts.value?.open).toBe(20_000);
    expect(live.alerts.news.value?.number).toBe(1);
    stop();
    api.alerts.mockResolvedValue(page([alert("a")]));
    await pass(60_000);
    expect(live.alerts.isWhole.value).toBe(true);
    expect(live.alerts.counts.value?.open).toBe(1);
    live.stop();
  });

  it("asks for what the filters want where not all can be held, the worst first when that is wanted", async () => {
    const { live, api, last } = city();
    api.alerts.mockImplementation(async (_query?: unknown) => page([alert("a")], "more"));
    last().opens();
    await pass(0);
    api.alerts.mockClear();
    live.want({ filters: { ...NO_FILTERS, zone: "yothi", worstFirst: true }, me: "me" });
    await pass(0);
    const asked = api.alerts.mock.calls.map(([query]) => query as { zone?: string; severity?: string });
    expect(asked.slice(1).map(({ zone, severity }) => [zone, severity])).toEqual(
      SEVERITIES.map((severity) => ["yothi", severity]),
    );
    live.stop();
  });

  it("says that it does not know how many there are when the server does not tell", async () => {
    const { live, api, last } = city();
    api.alerts.mockImplementation(async (_query?: unknown) => page([alert("a")], "more"));
    api.alertCounts.mockRejectedValue(new ProblemError(404, {}));
    last().opens();
    await pass(0);
    expect(live.alerts.isCounted.value).toBe(false);
    expect(live.alerts.counts.value?.open).toBe(1);
    expect(live.connection.value.kind).toBe("live");
    live.stop();
  });

  it("follows the alert that is looked at, though it is not held", async () => {
    const { live, api, last } = city();
    api.alerts.mockImplementation(async (_query?: unknown) =>
      page(
        Array.from({ length: MOST_HELD }, (_, n) => alert(`a${n}`, { starts_at: 1000 + n })),
        "more",
      ),
    );
    last().opens();
    await pass(0);
    live.alerts.look("old");
    last().tells("alert", alert("old", { starts_at: 1, number: 7 }));
    await pass(FRAME);
    expect(ids(live)).not.toContain("old");
    expect(live.alerts.get("old")?.number).toBe(7);
    live.alerts.look(null);
    expect(live.alerts.get("old")).toBeNull();
    live.stop();
  });

  it("follows services within their domains, and says that statuses moved", async () => {
    const { live, api, last } = city();
    const evidence = { devices: 2, reporting: 2, freshness: 1, open_alerts: 0 };
    const lights = { id: "street-lights", status: "operational", since: null, reason: null, evidence };
    api.domains.mockResolvedValue([
      { domain: "energy", status: "operational", services: [{ ...lights, objective: null }] },
    ] as unknown as DomainStatus[]);
    last().opens();
    await pass(0);
    const before = live.moved.value;
    last().tells("service", { ...lights, status: "outage", domain: "energy" });
    last().tells("service", { ...lights, id: "unheard-of" });
    last().tells("note", { id: "01J" });
    await pass(1000 + FRAME);
    const services = live.domains.value?.[0]?.services ?? [];
    expect(services.map(({ id, status }) => [id, status])).toEqual([["street-lights", "outage"]]);
    expect(live.moved.value).toBe(before + 1);
    expect(live.noted.value).toBe(1);
    live.stop();
  });

  it("follows incidents and floods", async () => {
    const { live, api, last } = city();
    const incident = (id: string, number: number, more = {}) => ({ id, number, state: "open", ...more });
    const flood = { id: "f", began: 0, ended: null, alerts: 20, peak: 20, summary: {} };
    api.incidents.mockResolvedValue(page<unknown>([incident("i", 2)]));
    api.floods.mockResolvedValue([flood]);
    last().opens();
    await pass(0);
    const { work } = live;
    expect(work.flood.value?.alerts).toBe(20);
    last().tells("incident", { change: "opened", incident: incident("j", 1), number: 1 });
    last().tells("incident", incident("i", 1, { assigned_to: "late" }));
    last().tells("flood", { flood: { ...flood, ended: 9 } });
    last().tells("suppression", { kind: "silence", document: {} });
    await pass(FRAME);
    expect([...(work.incidents.value?.keys() ?? [])]).toEqual(["i", "j"]);
    expect(work.incidents.value?.get("i")?.assigned_to).toBeUndefined();
    expect(work.flood.value).toBeNull();
    expect(work.suppression.value).toBe(1);
    last().tells("incident", incident("j", 2, { state: "resolved" }));
    await pass(LINGER_MS + 2000);
    expect([...(work.incidents.value?.keys() ?? [])]).toEqual(["i"]);
    live.stop();
  });

  it("stays live when incidents can't be had, and says why", async () => {
    const { live, api, last } = city();
    api.incidents.mockRejectedValue(new ProblemError(404, { detail: "no alerts run here" }));
    last().opens();
    await pass(0);
    expect(live.connection.value.kind).toBe("live");
    expect(live.work.trouble.value).toBe("no alerts run here");
    live.stop();
  });
});
