import { describe, expect, it } from "vitest";
import type { DomainStatus, Service, Status } from "../contract";
import { foundServices, rankOf, serviceIn, troubledOf, withServices, worstServices } from "./standing";

const service = (id: string, status: Status, more: Partial<Service> = {}): Service => ({
  id,
  status,
  since: null,
  reason: null,
  evidence: { devices: 1, reporting: 1, freshness: 1, open_alerts: 0 },
  objective: null,
  ...more,
});

const domain = (services: Service[]): DomainStatus => ({
  domain: "energy",
  title: { en: "Energy", th: "พลังงาน" },
  status: "operational",
  since: null,
  reason: null,
  services,
});

const ids = (services: readonly Service[]) => services.map(({ id }) => id);

describe("the order of services", () => {
  it("begins with the worst; not knowing is worse than knowing that all is well", () => {
    const all: Status[] = ["operational", "maintenance", "unknown", "degraded", "outage"];
    expect(ids(worstServices(all.map((status) => service(status, status))))).toEqual([...all].reverse());
    expect(rankOf("outage")).toBe(0);
  });

  it("puts what most hangs on first among equals, else leaves the city's order", () => {
    const all = [
      service("low", "degraded", { criticality: "low" }),
      service("unsaid", "degraded"),
      service("normal", "degraded", { criticality: "normal" }),
      service("high", "degraded", { criticality: "high" }),
    ];
    expect(ids(worstServices(all))).toEqual(["high", "unsaid", "normal", "low"]);
  });
});

describe("services within their domains", () => {
  const city = [domain([service("lights", "operational", { name: { en: "Lights", th: "ไฟ" } })])];

  it("are found", () => {
    expect(serviceIn(city, "lights")?.domain.domain).toBe("energy");
    expect(serviceIn(city, "water")).toBeNull();
    expect(serviceIn(null, "lights")).toBeNull();
  });

  it("are replaced, and keep what is not told", () => {
    const told = service("lights", "outage");
    const [changed] = withServices(city, [told, service("water", "outage")]);
    expect(changed?.services).toHaveLength(1);
    expect(changed?.services[0]).toMatchObject({ status: "outage", name: { en: "Lights" } });
    expect(withServices(city, [service("water", "outage")])[0]).toBe(city[0]);
  });

  it("are counted, the troubled ones too", () => {
    const some = domain([service("a", "operational"), service("b", "maintenance"), service("c", "outage")]);
    expect(troubledOf(some)).toEqual({ services: 3, troubled: 2 });
  });
});

it("finds services by name, id and owner in both languages", () => {
  const all = [
    service("street-lights", "operational", { name: { en: "Street lights", th: "ไฟถนน" } }),
    service("parking", "operational", { owner: { en: "Traffic Department", th: "สำนักการจราจร" } }),
  ];
  expect(ids(foundServices(all, " LIGHT "))).toEqual(["street-lights"]);
  expect(ids(foundServices(all, "จราจร"))).toEqual(["parking"]);
  expect(ids(foundServices(all, ""))).toHaveLength(2);
  expect(ids(foundServices(all, "nothing"))).toEqual([]);
});
