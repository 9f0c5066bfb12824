import { type Alert, type DomainId, SEVERITIES, type Severity } from "../contract";
import { toMs } from "./time";

/** How long a resolved alert stays in the list, so that nobody wonders where it went. */
export const LINGER_MS = 20_000;

export interface Filters {
  /** None limits nothing. */
  severities: ReadonlySet<Severity>;
  domain: DomainId | null;
  zone: string | null;
  unacknowledged: boolean;
  /** Worst first, newest within; otherwise newest first. */
  worstFirst: boolean;
}

export const NO_FILTERS: Filters = {
  severities: new Set(),
  domain: null,
  zone: null,
  unacknowledged: false,
  worstFirst: false,
};

/** 0 is critical. */
export const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export const isOpen = (alert: Alert): boolean => alert.state === "firing" && alert.mode !== "shadow";

/** The alerts to show: those that pass the filters, in the order they ask for. */
export function visible(alerts: Iterable<Alert>, filters: Filters): Alert[] {
  const order = filters.worstFirst ? byWorst : byNewest;
  return [...alerts].filter((alert) => passes(alert, filters)).sort(order);
}

function passes(alert: Alert, filters: Filters): boolean {
  return (
    (filters.severities.size === 0 || filters.severities.has(alert.severity)) &&
    (filters.domain === null || alert.domain === filters.domain) &&
    (filters.zone === null || alert.zone === filters.zone) &&
    !(filters.unacknowledged && alert.acknowledged)
  );
}

const byNewest = (a: Alert, b: Alert): number =>
  (toMs(b.starts_at) ?? 0) - (toMs(a.starts_at) ?? 0) || (a.id < b.id ? 1 : -1);

const byWorst = (a: Alert, b: Alert): number => rank(a.severity) - rank(b.severity) || byNewest(a, b);

/** What one alert event did to the list. */
export interface Arrival {
  alerts: ReadonlyMap<string, Alert>;
  /** It was not open before, or it became worse. */
  news: boolean;
}

/** Take an alert as the stream tells it. Pending ones are nobody's business yet; resolved ones linger. */
export function arrive(alerts: ReadonlyMap<string, Alert>, alert: Alert): Arrival {
  const before = alerts.get(alert.id);
  if (!isOpen(alert) && !before) return { alerts, news: false };
  const next = new Map(alerts);
  if (alert.state === "pending" || alert.mode === "shadow") next.delete(alert.id);
  else next.set(alert.id, before?.history && !alert.history ? { ...alert, history: before.history } : alert);
  const worse = !before || !isOpen(before) || rank(alert.severity) < rank(before.severity);
  return { alerts: next, news: isOpen(alert) && worse };
}

export interface ZoneLoad {
  count: number;
  worst: Severity | null;
}

/** Open alerts per zone, and the worst of them. */
export function loadByZone(alerts: Iterable<Alert>): Map<string, ZoneLoad> {
  const loads = new Map<string, ZoneLoad>();
  for (const alert of alerts) {
    if (!isOpen(alert)) continue;
    const load = loads.get(alert.zone) ?? { count: 0, worst: null };
    const worse = load.worst === null || rank(alert.severity) < rank(load.worst);
    loads.set(alert.zone, { count: load.count + 1, worst: worse ? alert.severity : load.worst });
  }
  return loads;
}

/** How many open alerts there are of each severity. */
export function countBySeverity(alerts: Iterable<Alert>): Record<Severity, number> {
  const counts: Record<Severity, number> = { critical: 0, major: 0, minor: 0, warning: 0 };
  for (const alert of alerts) if (isOpen(alert)) counts[alert.severity] += 1;
  return counts;
}
