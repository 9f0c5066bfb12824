import { DOMAINS, type DomainStatus, type Objective, STATUSES, type Status } from "../contract";

/** What a domain's status stands on, over all its services. */
export interface DomainEvidence {
  devices: number;
  reporting: number;
  /** Seconds since the newest reading of any service; null when nothing was ever heard. */
  freshness: number | null;
  openAlerts: number;
}

export function evidenceOf(domain: DomainStatus): DomainEvidence {
  const total: DomainEvidence = { devices: 0, reporting: 0, freshness: null, openAlerts: 0 };
  for (const { evidence } of domain.services) {
    total.devices += evidence.devices;
    total.reporting += evidence.reporting;
    total.openAlerts += evidence.open_alerts;
    if (evidence.freshness !== null)
      total.freshness = Math.min(total.freshness ?? Infinity, evidence.freshness);
  }
  return total;
}

/** The seven in their official order, whatever order they came in. */
export const inOrder = (domains: DomainStatus[]): DomainStatus[] =>
  [...domains].sort((a, b) => DOMAINS.indexOf(a.domain) - DOMAINS.indexOf(b.domain));

/** The list with one domain replaced. */
export const withDomain = (domains: DomainStatus[], changed: DomainStatus): DomainStatus[] =>
  inOrder([...domains.filter((domain) => domain.domain !== changed.domain), changed]);

/** How many domains are in each status. */
export function countByStatus(domains: DomainStatus[]): Record<Status, number> {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const domain of domains) counts[domain.status] += 1;
  return counts;
}

/** Where attained and target lie on a bar that begins at the lower end, as shares of its length. */
export function objectiveBar(objective: Objective): { low: number; target: number; attained: number | null } {
  const attained = objective.attained;
  const miss = 1 - Math.min(objective.target, attained ?? 1);
  const low = Math.max(0, 1 - Math.max(miss * 1.6, (1 - objective.target) * 2));
  const at = (share: number) => (low === 1 ? 1 : Math.min(1, Math.max(0, (share - low) / (1 - low))));
  return { low, target: at(objective.target), attained: attained === null ? null : at(attained) };
}
