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

/** The least that a service stands on; what later servers add is in ServiceEvidence. */
export interface BasicEvidence {
  devices: number;
  reporting: number;
  /** Seconds since the newest reading; null when there never was one. */
  freshness: number | null;
  open_alerts: number;
}

export interface ProbeItem {
  id: string;
  zone?: string | null;
  /** Null while nothing was heard of it for too long, or never. */
  up: boolean | null;
  at: Instant | null;
  /** Milliseconds. */
  latency: number | null;
  code: number | string | null;
  certificate_days: number | null;
  error?: Text | string | null;
}

export interface ProbeEvidence {
  up: number;
  down: number;
  unknown?: number;
  items?: ProbeItem[];
}

/** Numbers of devices; `completeness` is a share, null while it can't be told. */
export interface DataEvidence {
  completeness: number | null;
  refused: number;
  stuck: number;
  clock: number;
  gaps: number;
  [more: string]: unknown;
}

export interface NeededService {
  id: string;
  name: Text;
  status: Status;
}

export interface OffBand {
  id: string;
  title: Text;
  value: number;
  unit: string;
  low: number | null;
  high: number | null;
}

export interface WorkEvidence {
  id: string;
  title: Text;
  until: Instant | null;
}

export interface ServiceEvidence extends BasicEvidence {
  silent?: number;
  /** Not heard yet, and its time is not up. */
  awaited?: number;
  /** Seconds that are expected between readings. */
  interval?: number | null;
  alerts?: Record<Severity, number>;
  probe?: ProbeEvidence | null;
  quality?: DataEvidence | null;
  needs?: NeededService[];
  kpis?: OffBand[];
  maintenance?: WorkEvidence | null;
  closed_until?: Instant | null;
}

/** How fast a budget is spent: 1 spends it in exactly its window. */
export interface BurnRate {
  id: string;
  severity: Severity;
  long: string;
  short: string;
  rate_long: number | null;
  rate_short: number | null;
  limit: number;
  firing: boolean;
}

export interface Objective {
  target: number;
  window: string;
  attained: number | null;
  budget_left: number | null;
  good_seconds?: number | null;
  counted_seconds?: number | null;
  month?: { start: Instant; attained: number | null; budget_left: number | null } | null;
  burn?: BurnRate[];
}

/** A service in one zone. */
export interface ServicePart {
  zone: string;
  status: Status;
  since: Instant | null;
  reason: Text | null;
  devices: number;
  reporting: number;
}

export const CRITICALITIES = ["critical", "high", "medium", "normal", "low"] as const;

export interface Service {
  id: string;
  name?: Text | null;
  domain?: DomainId;
  /** One of CRITICALITIES, or a later server's own. */
  criticality?: string | null;
  owner?: Text | null;
  status: Status;
  since: Instant | null;
  reason: Text | null;
  /** That decided on the status. */
  rule?: string | null;
  /** Whether this time counts for the objective. */
  counted?: boolean;
  zones?: ServicePart[];
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

/** The arithmetic of an alert: five keys that all have, and what its kind of rule has to say beside them. */
export interface Evidence {
  metric: string | null;
  value: Value | null;
  window: string | null;
  threshold: Value | null;
  readings: EvidenceReading[];
  /** Of a window: (from, to]. */
  agg?: string;
  over?: string;
  from?: Instant;
  to?: Instant;
  count?: number;
  /** 0 to 1: the share of expected readings that it holds. */
  coverage?: number | null;
  /** Of a quorum: those at once, `count` of `total`. */
  devices?: string[];
  total?: number;
  /** Of an anomaly or a deviation. */
  expected?: number | null;
  low?: number | null;
  high?: number | null;
  score?: number;
  neighbours?: number;
  /** Of a change. */
  relative?: boolean;
  /** Of what is stuck. */
  since?: Instant | null;
  /** Of rules over rules. */
  rules?: string[];
  /** Of an expression: the values that it was asked about. */
  expr?: string;
  values?: Record<string, Value>;
}

export interface Acknowledgement {
  by: string;
  at: Instant;
  note: string | null;
}

export const TIMES = ["taken", "received", "fired", "persisted", "delivered"] as const;
export type TimeName = (typeof TIMES)[number];
/** Steps that wait for people: they stand beside the reading's journey, not in it. */
export type LateTimeName = "notified" | "acknowledged";

export const HOLDS = ["silence", "maintenance", "inhibition", "cause"] as const;
export type HoldKind = (typeof HOLDS)[number];

/** Why nobody outside is told of an alert. `by` is who silenced it, or the rule or alert that holds it. */
export interface Suppressed {
  kind: HoldKind;
  id: string | null;
  by: string | null;
  reason: Text | null;
  until: Instant | null;
}

export interface Actor {
  kind: "rule" | "nakhon" | "operator";
  name: string | null;
}

export const NOTE_STATES = ["waiting", "failed", "delivered", "digested"] as const;

/** What somebody was told, or is to be. `state` is one of NOTE_STATES, or a later server's own. */
export interface Notification {
  id?: string;
  receiver: string;
  channel: string;
  state: string;
  reason: string;
  created: Instant;
  delivered: Instant | null;
  attempts: number;
  error: string | null;
  /** The notification that told of it together with others. */
  digest: string | null;
  incident?: string | null;
  alerts?: number;
}

export interface HistoryEntry {
  number?: number;
  at: Instant;
  change: string;
  by?: string | null;
  note?: string | null;
  severity?: Severity | null;
  evidence?: Evidence | null;
  /** Why it ended, where its condition did not. */
  reason?: (Text & { code: string }) | null;
  assigned_to?: string | null;
  actor?: Actor | null;
  /** The step as a sentence. */
  text?: Text | null;
}

export interface Alert {
  id: string;
  rule: string;
  rule_version?: string;
  domain: DomainId;
  /** Null of an alert about Nakhon itself. */
  zone: string | null;
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
  /** Of its last step: what an operator saw who acts on it. */
  number?: number;
  suppressed?: Suppressed | null;
  incident?: string | null;
  /** The alert that it stands under. */
  cause?: string | null;
  /** How often it fired; 1 the first time. */
  occurrences?: number;
  flapping?: boolean;
  /** Its condition is over; it is held open until then, in case it comes back. */
  held_until?: Instant | null;
  closed_by?: string | null;
  labels?: Record<string, string>;
  title: Text;
  advice?: Text | null;
  evidence: Evidence;
  times: Partial<Record<TimeName | LateTimeName, Instant | null>>;
  /** The arithmetic in a sentence; only where one alert is asked for. */
  explanation?: Text;
  history?: HistoryEntry[];
  /** Null for who may not see whom is told. */
  notifications?: Notification[] | null;
  /** What changed it, as the stream tells it. */
  change?: string;
}

/** How many alerts fire, without those of shadow rules. Suppressed ones are counted by themselves alone. */
export interface AlertCounts {
  open: number;
  unacknowledged: number;
  suppressed: number;
  severities: Record<Severity, number>;
  zones: Record<string, { open: number; severity: Severity }>;
  rules: Record<string, number>;
}

/** What became of each alert that was acknowledged with others. */
export interface ManyAcknowledged {
  items: { id: string; ok: boolean; detail: string | null }[];
}

/** Alerts that one operator works on together. */
export interface Incident {
  id: string;
  number: number;
  state: "open" | "resolved" | "merged";
  title: Text;
  severity: Severity;
  highest_severity: Severity;
  domain: DomainId;
  zone: string | null;
  service: string | null;
  /** The alert that the others stand under. */
  cause: string | null;
  opened_at: Instant;
  joined_at: Instant;
  resolved_at: Instant | null;
  alerts: number;
  open: number;
  acknowledged: Acknowledgement | null;
  assigned_to: string | null;
  closed_by: string | null;
  merged_into: string | null;
  common: Record<string, string | null>;
  history?: HistoryEntry[];
  cause_alert?: Alert | null;
  /** Of its open alerts; only where one incident is asked for. */
  counts?: Partial<Record<"rule" | "severity" | "zone", Record<string, number>>> | null;
}

export const MATCHER_FIELDS = [
  "rules",
  "domains",
  "zones",
  "services",
  "devices",
  "severities",
  "incidents",
] as const;
export type MatcherField = (typeof MATCHER_FIELDS)[number];

/** Alerts for which every given part holds; a part holds when one of its patterns does (`aq-*`). */
export type Matcher = Partial<Record<MatcherField, string[]>> & { labels?: Record<string, string[]> };

export interface Silence {
  id: string;
  number?: number;
  matcher: Matcher;
  starts_at: Instant;
  ends_at: Instant;
  reason: string;
  created_by: string;
  created_at: Instant;
  ended_by: string | null;
  state: "pending" | "active" | "expired";
  replaces: string | null;
  /** How many it holds now. */
  alerts: number;
}

export interface NewSilence {
  matcher: Matcher;
  /** Null begins now, and leaves the beginning of one that is changed. */
  starts_at: string | null;
  ends_at: string;
  reason: string;
}

export interface Preview {
  alerts: number;
  items: Alert[];
}

/** RFC 5545; `start` is a local time of its timezone. */
export interface Schedule {
  start: string;
  duration: string;
  rrule: string | null;
  exdates?: string[];
  timezone?: string | null;
}

export interface Occurrence {
  start: Instant;
  end: Instant;
}

export interface Maintenance {
  id: string;
  title: Text;
  matcher: Matcher;
  schedule: Schedule;
  reason: string;
  created_by: string | null;
  /** `city`: it stands in the city's file, and is changed there. */
  origin: "city" | "added";
  state: string;
  active: boolean;
  next: Occurrence[];
}

export type NewMaintenance = Pick<Maintenance, "title" | "matcher" | "schedule" | "reason">;

export interface ChannelHealth {
  /** Its name where a receiver has several of a kind. */
  id?: string;
  kind: string;
  state: string;
  waiting: number;
  delivered: number;
  failed: number;
  last_error: string | null;
  last_delivered: Instant | null;
}

export interface Receiver {
  name: string;
  title: Text;
  channels: ChannelHealth[];
}

/** One who would hear of an alert, `after` so long (ms). */
export interface Hearing {
  after: number;
  at: Instant;
  receiver: string;
  title?: Text | null;
  channels: string[];
  route: string;
  reason: string;
  /** And again every so many ms while nobody acknowledges. */
  every: number | null;
}

/** Who would hear of an alert if nobody acknowledged it, what each route makes of it, what would hold it. */
export interface Explanation {
  timeline: Hearing[];
  routes: { route: string; takes: boolean; why: Text | null; muted_until: Instant | null }[];
  held: {
    kind: string;
    id: string;
    now: boolean;
    by: string | null;
    reason: Text | null;
    until: Instant | null;
  }[];
}

/** How long a stage took in a domain, in seconds; `target` is the share that kept within the city's target. */
export interface Deadline {
  domain: DomainId;
  stage: string;
  count: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  target?: number | null;
}

/** Of what a flood most consists. What it names depends on the list that it is in. */
export interface FloodShare {
  rule?: string | null;
  zone?: string | null;
  incident?: string | null;
  title?: Text | null;
  count: number;
}

/** More new alerts than an operator can take in (ISA-18.2). */
export interface Flood {
  id: string;
  scope: string;
  began: Instant;
  ended: Instant | null;
  alerts: number;
  /** The most that came within ten minutes. */
  peak: number;
  summary: { rules?: FloodShare[]; zones?: FloodShare[]; incidents?: FloodShare[] };
}

/** A rule in force. `when`, `levels`, `where` and `schedule` are as its file has them. */
export interface Rule {
  id: string;
  group: string;
  domain: DomainId;
  version: string;
  /** `pack` is that of the library that it comes from, null for the city's own. */
  source: { file: string | null; line: number | null; pack: string | null };
  on: string | null;
  metric: string | null;
  kind: string;
  when: Record<string, unknown> | null;
  levels: Partial<Record<Severity, Value>> | null;
  severity: Severity | null;
  for: string;
  keep_firing_for: string;
  schedule: Record<string, unknown> | null;
  where: Record<string, unknown>;
  lateness: string;
  mode: "live" | "shadow";
  against: string | null;
  title: Text;
  advice?: Text | null;
  alerts: { pending: number; firing: number };
  group_evaluations: number;
}

/** What became of each rule in a reload, by id. */
export interface RuleChanges {
  kept: string[];
  changed: string[];
  added: string[];
  removed: string[];
}

export interface RuleProblem {
  file: string;
  line: number | null;
  key: string;
  value: Value | null;
  message: string;
  allowed: string | null;
}

/** The rule files in force, and the mistakes in those that are not. */
export interface RuleState {
  loaded_at: Instant;
  digest: string;
  rules: number;
  packs: string[];
  files: string[];
  problems: RuleProblem[];
  last: (RuleChanges & { at: Instant; by: string; outcome: "loaded" | "unchanged" | "refused" }) | null;
}

export interface ComparedAlert {
  alert: string;
  severity: Severity;
  fired: Instant;
  ends_at: Instant | null;
  zone: string;
  device: string | null;
}

/** The alerts of a shadow rule beside those of the live one that it means to replace. */
export interface RuleComparison {
  rule: string;
  against: string;
  start: Instant;
  end: Instant;
  fired: { shadow: number; live: number };
  firing_seconds: { shadow: number; live: number };
  counts: { both: number; only_shadow: number; only_live: number };
  only_shadow: ComparedAlert[];
  only_live: ComparedAlert[];
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
  /** Metrics that follow from others; readings have them only when they are asked for. */
  derived?: Record<string, Metric>;
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

/** received = stored + duplicate + quarantined + pending. */
export interface Account {
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  pending: number;
}

/** Of one device: without domains and broker. */
export interface Ledger extends Account {
  since?: Instant;
  domains?: Partial<Record<DomainId | "unknown", Account>> | null;
  broker?: { connected?: boolean; dropped?: number } | null;
}

/** A refused reading. Without all of `payload_size` bytes the payload is only the beginning. */
export interface Quarantined {
  id: string;
  received: Instant;
  topic: string;
  device: string | null;
  code: string;
  path: string | null;
  value: unknown;
  expected: string | null;
  contract: string | null;
  payload: string;
  payload_encoding?: string;
  payload_size?: number;
  /** Refusals like it that were counted and not kept. */
  more: number;
  /** When it was accepted after all. */
  replayed: Instant | null;
}

/** Refused readings with the same reason. */
export interface Cause {
  cause: string;
  code: string;
  path: string | null;
  contract: string | null;
  expected: string | null;
  count: number;
  devices: number;
  some_devices: string[];
  first: Instant;
  last: Instant;
}

export interface Rejection {
  index: number;
  code: string;
  path: string;
  value: unknown;
  expected: string | null;
}

export interface Verdict {
  received: Instant;
  accepted: number;
  rejected: Rejection[];
}

/** What became of refused readings that were taken again; `next` goes on with those that remain. */
export interface Replayed {
  replayed: number;
  refused: number;
  skipped: number;
  remaining: number;
  verdicts: Verdict[];
  next: string | null;
}

/** The worst first. */
export const PROBLEMS = ["stuck", "clock", "incomplete", "gaps", "refused"] as const;
export type ProblemName = (typeof PROBLEMS)[number];

/** How good the data of a device is, over the last day. */
export interface Quality {
  device: string;
  zone: string;
  domain: DomainId;
  service: string | null;
  since: Instant;
  expected: number;
  received: number;
  /** 0 to 1; null until it can be told. */
  completeness: number | null;
  refused: number;
  /** `longest` in seconds; the last one has no end while it goes on. */
  gaps: { count: number; longest: number; last: { start: Instant; end: Instant | null } | null };
  stuck: { type: string; metric: string; since: Instant }[];
  /** Seconds, below 0 when the clock is ahead; and by how many a day that moves. */
  clock: { state: "right" | "ahead" | "behind" | "unknown"; offset: number | null; drift: number | null };
  problems: ProblemName[];
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
