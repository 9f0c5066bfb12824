import { expect, it } from "vitest";
import { alertIn, decoded, domainIn, readingsIn, serviceIn } from "./stream";

it("finds an alert, bare or with its change", () => {
  expect(alertIn({ id: "01J" })).toEqual({ id: "01J" });
  expect(alertIn({ change: "firing", number: 2, alert: { id: "01J" } })).toEqual({
    id: "01J",
    change: "firing",
    number: 2,
  });
  expect(alertIn({})).toBeNull();
  expect(alertIn(null)).toBeNull();
});

it("finds a domain status, bare or wrapped", () => {
  expect(domainIn({ domain: "energy", status: "outage" })?.status).toBe("outage");
  expect(domainIn({ domain: { domain: "energy" } })?.domain).toBe("energy");
  expect(domainIn([])).toBeNull();
});

it("finds a service, bare or wrapped, and takes none without evidence", () => {
  const service = { id: "parking", status: "outage", evidence: { devices: 1 } };
  expect(serviceIn(service)?.status).toBe("outage");
  expect(serviceIn({ service })?.id).toBe("parking");
  expect(serviceIn({ id: "parking", status: "outage" })).toBeNull();
});

it("finds readings, one or many, and leaves out what is none", () => {
  const reading = {
    time: 0,
    device: "aq-01",
    zone: "samyan",
    type: "AirQualityObserved",
    values: { pm25: 1 },
  };
  expect(readingsIn(reading)).toEqual([reading]);
  expect(readingsIn([reading, 3])).toEqual([reading]);
  expect(readingsIn({ items: [reading, reading] })).toHaveLength(2);
});

it("takes noise for nothing", () => {
  expect(decoded("{")).toBeNull();
  expect(decoded("{}")).toEqual({});
});
