import type { DomainStatus, Service, Status } from "../contract";

/** The worst first. Not knowing is worse than knowing that all is well. */
export const WORST_FIRST = ["outage", "degraded", "unknown", "maintenance", "operational"] as const;

/** What stands in place of a rule where none holds. */
export const WELL = "well";

/** 0 is the worst. */
export const rankOf = (status: Status): number => WORST_FIRST.indexOf(status);

const WEIGHTS: Record<string, number> = { high: 0, normal: 1, low: 2 };

/** What much hangs on first; a server's own words stand with the normal ones. */
const weightOf = (service: Service): number => WEIGHTS[service.criticality ?? "normal"] ?? 1;

/** Worst first; among equals what most hangs on; else as the city lists them. */
export const worstServices = (services: readonly Service[]): Service[] =>
  [...services].sort((a, b) => rankOf(a.status) - rankOf(b.status) || weightOf(a) - weightOf(b));

/** A service with the domain that it is in; null while neither is known. */
export function serviceIn(
  domains: readonly DomainStatus[] | null,
  id: string,
): { service: Service; domain: DomainStatus } | null {
  for (const domain of domains ?? []) {
    const service = domain.services.find((known) => known.id === id);
    if (service) return { service, domain };
  }
  return null;
}

/** The domains with these services replaced. One that no domain has is left out: a snapshot will bring it. */
export function withServices(domains: readonly DomainStatus[], told: readonly Service[]): DomainStatus[] {
  const news = new Map(told.map((service) => [service.id, service]));
  return domains.map((domain) =>
    domain.services.some(({ id }) => news.has(id))
      ? { ...domain, services: domain.services.map((service) => ({ ...service, ...news.get(service.id) })) }
      : domain,
  );
}

/** How many services there are, and how many of them are not operational. */
export function troubledOf(domain: DomainStatus): { services: number; troubled: number } {
  const troubled = domain.services.filter(({ status }) => status !== "operational").length;
  return { services: domain.services.length, troubled };
}

/** The services that hold the words in their names, ids or owners. */
export function foundServices(services: readonly Service[], words: string): Service[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [...services];
  const told = ({ id, name, owner }: Service) => [id, name?.en, name?.th, owner?.en, owner?.th];
  return services.filter((service) => told(service).some((text) => text?.toLowerCase().includes(wanted)));
}
