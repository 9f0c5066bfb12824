/** The public contract's shapes, as this page reads them. What a server may leave out is optional here. */

export const DOMAINS = [
  "environment",
  "mobility",
  "energy",
  "living",
  "people",
  "governance",
  "economy",
] as const;
export type DomainId = (typeof DOMAINS)[number];

export const STATUSES = ["operational", "degraded", "outage", "maintenance", "unknown"] as const;
export type Status = (typeof STATUSES)[number];

/** Worst first. */
export const SEVERITIES = ["critical", "major", "minor", "warning"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type State = "pending" | "firing" | "resolved";
export type Role = "viewer" | "operator" | "integrator" | "admin";
export type Value = number | string | boolean;
export type Lang = "en" | "th";

/** A text in both languages of the city. */
export interface Text {
  en: string;
  th: string;
}

/** RFC 3339, or milliseconds since 1970-01-01 UTC. */
export type Instant = string | number;

export interface ServiceEvidence {
  devices: number;
  reporting: number;
  /** Seconds since the newest reading; null when there never was one. */
  freshness: number | null;
  open_alerts: number;
  probe?: unknown;
}

export interface Objective {
  target: number;
  window: string;
  attained: number | null;
  budget_left: number | null;
}

export interface Service {
  id: string;
  name?: Text | null;
  status: Status;
  since: Instant | null;
  reason: Text | null;
  evidence: ServiceEvidence;
  objective: Objective | null;
}

export interface DomainStatus {
  domain: DomainId;
  title: Text;
  status: Status;
  since: Instant | null;
  reason: Text | null;
  services: Service[];
}

export interface EvidenceReading {
  time: Instant;
  value: Value;
  device?: string;
}

export interface Evidence {
  metric: string | null;
  value: Value | null;
  window: string | null;
  threshold: Value | null;
  readings: EvidenceReading[];
}

export interface Acknowledgement {
  by: string;
  at: Instant;
  note: string | null;
}

export const TIMES = ["taken", "received", "fired", "persisted", "delivered"] as const;
export type TimeName = (typeof TIMES)[number];

export interface HistoryEntry {
  number?: number;
  at: Instant;
  change: string;
  by?: string | null;
  note?: string | null;
  severity?: Severity | null;
}

export interface Alert {
  id: string;
  rule: string;
  rule_version?: string;
  domain: DomainId;
  zone: string;
  device: string | null;
  service?: string | null;
  severity: Severity;
  state: State;
  /** Shadow rules are recorded, never announced. */
  mode?: "live" | "shadow";
  starts_at: Instant;
  ends_at: Instant | null;
  acknowledged: Acknowledgement | null;
  assigned_to?: string | null;
  title: Text;
  advice?: Text | null;
  evidence: Evidence;
  times: Partial<Record<TimeName, Instant | null>>;
  history?: HistoryEntry[];
}

export type Ring = [number, number][];
export type Geometry =
  | { type: "Polygon"; coordinates: Ring[] }
  | { type: "MultiPolygon"; coordinates: Ring[][] };

export interface Zone {
  id: string;
  name: Text;
  geometry?: Geometry | { type: "Feature"; geometry: Geometry } | null;
  center?: [number, number] | null;
  /** Metres. */
  radius?: number | null;
}

export interface Device {
  id: string;
  types: string[];
  name?: string | null;
  domain: DomainId;
  zone: string;
  service?: string | null;
  location?: [number, number] | null;
  enabled: boolean;
  online?: boolean | null;
  last_seen?: Instant | null;
}

export interface Metric {
  type?: string;
  unit?: string | null;
  title?: Text | null;
}

export interface ObservationType {
  name: string;
  title?: Text | null;
  metrics: Record<string, Metric>;
}

export interface Reading {
  time: Instant;
  device: string;
  zone: string;
  type: string;
  values: Record<string, Value>;
}

export interface Bucket {
  time: Instant;
  metric: string;
  value: number;
  count: number;
}

export interface Ledger {
  since?: Instant;
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  pending: number;
}

export interface City {
  id: string;
  name: Text;
  timezone: string;
}

export interface Session {
  name: string;
  role: Role;
  city?: City | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
}
