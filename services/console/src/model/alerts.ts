import { type Alert, type AlertCounts, type DomainId, SEVERITIES, type Severity } from "../contract";
import { toMs } from "./time";

/** How long a resolved alert stays in the list, so that nobody wonders where it went. */
export const LINGER_MS = 20_000;

export interface Filters {
  /** None limits nothing. */
  severities: ReadonlySet<Severity>;
  domain: DomainId | null;
  zone: string | null;
  service: string | null;
  unacknowledged: boolean;
  /** Only what was given to whoever looks. */
  mine: boolean;
  /** Those that nobody outside is told of, in place of the others. */
  suppressed: boolean;
  /** Worst first, newest within; otherwise newest first. */
  worstFirst: boolean;
}

export const NO_FILTERS: Filters = {
  severities: new Set(),
  domain: null,
  zone: null,
  service: null,
  unacknowledged: false,
  mine: false,
  suppressed: false,
  worstFirst: false,
};

/** 0 is critical. */
export const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

export const isOpen = (alert: Alert): boolean => alert.state === "firing" && alert.mode !== "shadow";

/** The alerts to show to `me`: those that pass the filters, in the order they ask for. */
export function visible(alerts: Iterable<Alert>, filters: Filters, me: string | null = null): Alert[] {
  const order = filters.worstFirst ? byWorst : byNewest;
  return [...alerts].filter((alert) => passes(alert, filters, me)).sort(order);
}

/** What an alert and an incident are both asked. */
interface Asked {
  severity: Severity;
  domain: DomainId;
  zone: string | null;
  service?: string | null;
  acknowledged: unknown;
  assigned_to?: string | null;
}

export function passesCommon(asked: Asked, filters: Filters, me: string | null): boolean {
  const { severities, domain, zone, service, unacknowledged, mine } = filters;
  return (
    (severities.size === 0 || severities.has(asked.severity)) &&
    (domain === null || asked.domain === domain) &&
    (zone === null || asked.zone === zone) &&
    (service === null || asked.service === service) &&
    !(unacknowledged && asked.acknowledged) &&
    !(mine && asked.assigned_to !== me)
  );
}

export const passes = (alert: Alert, filters: Filters, me: string | null): boolean =>
  Boolean(alert.suppressed) === filters.suppressed && passesCommon(alert, filters, me);

/** What the server is asked for where not all open alerts can be held here. */
export function queryOf(filters: Filters, me: string | null): Record<string, string | boolean> {
  const query: Record<string, string | boolean> = { state: "firing", suppressed: filters.suppressed };
  if (filters.severities.size) query.severity = [...filters.severities].join(",");
  if (filters.domain) query.domain = filters.domain;
  if (filters.zone) query.zone = filters.zone;
  if (filters.service) query.service = filters.service;
  if (filters.unacknowledged) query.acknowledged = false;
  if (filters.mine && me) query.assigned_to = me;
  return query;
}

const byNewest = (a: Alert, b: Alert): number =>
  (toMs(b.starts_at) ?? 0) - (toMs(a.starts_at) ?? 0) || (a.id < b.id ? 1 : -1);

const byWorst = (a: Alert, b: Alert): number => rank(a.severity) - rank(b.severity) || byNewest(a, b);

/** What alert events did to the list. */
export interface Arrival {
  alerts: Map<string, Alert>;
  /** The worst of those that were not open before, or became worse, and of which people are told. */
  news: Alert | null;
}

/**
 * Take alerts as the stream tells them, oldest first. Pending ones are nobody's business yet; resolved ones
 * linger. An event that is older than what is known changes nothing.
 */
export function arrive(alerts: ReadonlyMap<string, Alert>, told: readonly Alert[]): Arrival {
  const next = new Map(alerts);
  let news: Alert | null = null;
  for (const alert of told) {
    const before = next.get(alert.id);
    if (isOlder(alert, before)) continue;
    if (isNews(alert, before)) news = worse(news, alert);
    if (alert.state === "pending" || alert.mode === "shadow") next.delete(alert.id);
    else if (before || isOpen(alert)) next.set(alert.id, withHistory(alert, before));
  }
  return { alerts: next, news };
}

const worse = (a: Alert | null, b: Alert): Alert => (a && rank(a.severity) < rank(b.severity) ? a : b);

const isOlder = (alert: Alert, before: Alert | undefined): boolean =>
  before?.number !== undefined && alert.number !== undefined && alert.number < before.number;

/** The steps that can be news; others of an alert that is not held are none. */
const NEWS = new Set(["firing", "severity", "reopened", "recurred", "unsuppressed"]);

function isNews(alert: Alert, before: Alert | undefined): boolean {
  if (!isOpen(alert) || alert.suppressed) return false;
  if (before && isOpen(before)) return rank(alert.severity) < rank(before.severity);
  return alert.change === undefined || NEWS.has(alert.change);
}

const withHistory = (alert: Alert, before: Alert | undefined): Alert =>
  before?.history && !alert.history ? { ...alert, history: before.history } : alert;

/** The first `most` that the filters want, in their order; those in `kept` stay whatever they are. */
export function bounded(
  alerts: ReadonlyMap<string, Alert>,
  filters: Filters,
  me: string | null,
  most: number,
  kept: ReadonlySet<string>,
): Map<string, Alert> {
  const first = visible(alerts.values(), filters, me).slice(0, most);
  const also = [...alerts.values()].filter(({ id }) => kept.has(id));
  return new Map([...also, ...first].map((alert) => [alert.id, alert]));
}

export interface ZoneLoad {
  count: number;
  worst: Severity | null;
}

const NO_COUNTS: AlertCounts = {
  open: 0,
  unacknowledged: 0,
  suppressed: 0,
  severities: { critical: 0, major: 0, minor: 0, warning: 0 },
  zones: {},
  rules: {},
};

/** How many of these are open, and where. */
export function countsOf(alerts: Iterable<Alert>): AlertCounts {
  const counts = { ...NO_COUNTS, severities: { ...NO_COUNTS.severities }, zones: {}, rules: {} };
  for (const alert of alerts) {
    if (!isOpen(alert)) continue;
    if (alert.suppressed) counts.suppressed += 1;
    else countOpen(counts, alert);
  }
  return counts;
}

function countOpen(counts: AlertCounts, { severity, zone, rule, acknowledged }: Alert): void {
  counts.open += 1;
  counts.severities[severity] += 1;
  counts.rules[rule] = (counts.rules[rule] ?? 0) + 1;
  if (!acknowledged) counts.unacknowledged += 1;
  if (!zone) return;
  const before = counts.zones[zone];
  const worse = !before || rank(severity) < rank(before.severity);
  counts.zones[zone] = { open: (before?.open ?? 0) + 1, severity: worse ? severity : before.severity };
}

/** Open alerts per zone, and the worst of them. */
export const loadByZone = ({ zones }: AlertCounts): Map<string, ZoneLoad> =>
  new Map(
    Object.entries(zones).map(([zone, { open, severity }]) => [zone, { count: open, worst: severity }]),
  );
