import type { Alert, Incident } from "../contract";
import { type Filters, passesCommon, rank } from "./alerts";
import { toMs } from "./time";

/** Take incidents as the stream tells them, oldest first; an event that is older than what is known is none. */
export function arriveIncidents(
  incidents: ReadonlyMap<string, Incident>,
  told: readonly Incident[],
): Map<string, Incident> {
  const next = new Map(incidents);
  for (const incident of told) {
    const before = next.get(incident.id);
    if (before && incident.number < before.number) continue;
    if (before || incident.state === "open") next.set(incident.id, incident);
  }
  return next;
}

/** The incidents to show to `me`: those that pass, in the order that the filters ask for. */
export function visibleIncidents(
  incidents: Iterable<Incident>,
  filters: Filters,
  me: string | null,
): Incident[] {
  const byNewest = (a: Incident, b: Incident) =>
    (toMs(b.opened_at) ?? 0) - (toMs(a.opened_at) ?? 0) || (a.id < b.id ? 1 : -1);
  const byWorst = (a: Incident, b: Incident) =>
    rank(a.severity) - rank(b.severity) || b.open - a.open || byNewest(a, b);
  return [...incidents]
    .filter((incident) => passesCommon(incident, filters, me))
    .sort(filters.worstFirst ? byWorst : byNewest);
}

/** Alerts of one rule within an incident. */
export interface RuleShare {
  rule: string;
  alerts: Alert[];
  /** How many there are of it; more than those at hand where the server says so. */
  count: number;
}

/** More alerts than these are read by their rules. */
export const MANY = 12;

/** By rule, the most first; `counts` is what the server says of the whole incident. */
export function byRule(alerts: readonly Alert[], counts: Record<string, number> = {}): RuleShare[] {
  const shares = new Map<string, Alert[]>();
  for (const rule of Object.keys(counts)) shares.set(rule, []);
  for (const alert of alerts) shares.set(alert.rule, [...(shares.get(alert.rule) ?? []), alert]);
  return [...shares]
    .map(([rule, members]) => ({
      rule,
      alerts: members,
      count: Math.max(counts[rule] ?? 0, members.length),
    }))
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
}
