import { describe, expect, it } from "vitest";
import type { DomainId, DomainStatus, Service } from "../contract";
import { countByStatus, evidenceOf, inOrder, objectiveBar, withDomain } from "./domains";

const service = (devices: number, reporting: number, freshness: number | null): Service => ({
  id: "air-quality",
  status: "operational",
  since: null,
  reason: null,
  evidence: { devices, reporting, freshness, open_alerts: 1 },
  objective: null,
});

const domain = (id: DomainId, services: Service[] = []): DomainStatus => ({
  domain: id,
  title: { en: id, th: id },
  status: "operational",
  since: null,
  reason: null,
  services,
});

describe("evidenceOf", () => {
  it("adds up, and takes the freshest", () => {
    const services = [service(12, 8, 42), service(3, 3, 7), service(2, 0, null)];
    expect(evidenceOf(domain("mobility", services))).toEqual({
      devices: 17,
      reporting: 11,
      freshness: 7,
      openAlerts: 3,
    });
  });

  it("knows nothing of a domain without services", () => {
    expect(evidenceOf(domain("economy")).freshness).toBeNull();
  });
});

describe("the seven", () => {
  const shuffled = [domain("economy"), domain("environment"), domain("mobility")];

  it("stand in their official order", () => {
    expect(inOrder(shuffled).map((d) => d.domain)).toEqual(["environment", "mobility", "economy"]);
  });

  it("are replaced one by one", () => {
    const changed = { ...domain("mobility"), status: "outage" as const };
    const next = withDomain(inOrder(shuffled), changed);
    expect(next.map((d) => d.status)).toEqual(["operational", "outage", "operational"]);
    expect(countByStatus(next)).toMatchObject({ operational: 2, outage: 1, unknown: 0 });
  });
});

describe("objectiveBar", () => {
  const objective = { target: 0.995, window: "30d", budget_left: 0.4 };

  it("puts what is attained beyond the target when it is kept, before it when not", () => {
    const kept = objectiveBar({ ...objective, attained: 0.998 });
    const missed = objectiveBar({ ...objective, attained: 0.9 });
    expect(kept.attained).toBeGreaterThan(kept.target);
    expect(missed.attained).toBeLessThan(missed.target);
    expect(missed.attained).toBeGreaterThan(0);
  });

  it("copes with nothing measured and with a target of everything", () => {
    expect(objectiveBar({ ...objective, attained: null }).attained).toBeNull();
    expect(objectiveBar({ ...objective, target: 1, attained: 1 })).toMatchObject({ target: 1, attained: 1 });
  });
});
