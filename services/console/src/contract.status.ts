/** The shapes of what statuses were, of indicators and of what the public is told, as this page reads them. */

import type { DomainId, Instant, Status, Text } from "./contract";

export const SUBJECTS = ["service", "zone", "domain"] as const;
/** What has a status. */
export type SubjectKind = (typeof SUBJECTS)[number];

/** How long each status held on one day of the city. */
export interface UptimeDay {
  /** `2026-11-20`. */
  day: string;
  seconds: Partial<Record<Status, number>>;
  worst: Status | null;
  /** 0 to 1; null while nothing of the day counts. */
  attained: number | null;
}

/** A status that held from `at` on. */
export interface StatusChange {
  at: Instant;
  /** Null while it holds. */
  until: Instant | null;
  kind: SubjectKind;
  subject: string;
  status: Status;
  rule: string | null;
  reason: Text | null;
  counted: boolean;
  /** It was computed again, since data came late. */
  revised: boolean;
  recorded: Instant | null;
}

export interface ZoneService {
  id: string;
  status: Status;
}

/** A zone, from the parts of the services in it. */
export interface ZoneStatus {
  zone: string;
  status: Status;
  since: Instant | null;
  reason: Text | null;
  services: ZoneService[];
}

export const PERIOD_KINDS = ["day", "week", "month", "quarter", "year"] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

export const KPI_STATES = [
  "met",
  "missed",
  "in_band",
  "out_of_band",
  "no_target",
  "not_enough_data",
] as const;
export type KpiState = (typeof KPI_STATES)[number];

export type Trend = "better" | "worse" | "same";

/** A key indicator of one period, of the city or of one zone. */
export interface Kpi {
  id: string;
  domain: DomainId;
  title: Text;
  formula?: Text | null;
  unit: string;
  direction?: "up" | "down" | "band";
  target: number | null;
  band: [number | null, number | null] | null;
  source?: string | null;
  /** Its target or formula is a default of the project, not checked against a published source. */
  verified?: boolean;
  zone: string | null;
  period: { kind: PeriodKind; start: Instant; end: Instant };
  value: number | null;
  state: KpiState;
  /** 0 to 1: how much of the expected data there is. */
  coverage: number | null;
  samples: number | null;
  previous?: number | null;
  trend?: Trend | null;
  /** Why there is no value. */
  reason?: Text | null;
  /** What is aimed at, in words, where no number says it. */
  goal?: Text | null;
}

export const NOTE_STATES_PUBLIC = [
  "investigating",
  "identified",
  "monitoring",
  "resolved",
  "planned",
] as const;
export type NoteState = (typeof NOTE_STATES_PUBLIC)[number];

export interface NoteUpdate {
  at: Instant;
  state: NoteState;
  text: Text;
}

/** What operators tell the public. */
export interface Note {
  id: string;
  created_at: Instant;
  updated_at: Instant;
  state: NoteState;
  title: Text;
  services: string[];
  domain: DomainId | null;
  incident: string | null;
  /** Of planned work. */
  starts_at?: Instant | null;
  ends_at?: Instant | null;
  updates: NoteUpdate[];
  by?: string | null;
  /** Of its last change: what an operator saw who goes on. */
  number?: number;
}

export interface NewNote {
  title: Text;
  state: NoteState;
  text: Text;
  services: string[];
  domain: DomainId | null;
  incident: string | null;
  starts_at?: string | null;
  ends_at?: string | null;
}

export type NoteStep = Pick<NoteUpdate, "state" | "text"> & { number?: number };

/** One measure against its limit. */
export interface ComparisonPart {
  measure: string;
  /** The severities or statuses that count. */
  of: string[];
  op: string;
  limit: number | boolean | null;
  clear: number | null;
  /** Null where there is nothing to measure. */
  value: number | boolean | null;
  unit: string;
  title: Text;
  holds: boolean;
  /** It holds only because it held before, and has not come back to `clear`. */
  latched: boolean;
}

export interface JoinedPart {
  join: "all" | "any" | "not";
  holds: boolean;
  parts: ConditionPart[];
}

export type ConditionPart = ComparisonPart | JoinedPart;

export interface RulePart {
  id: string;
  status: Status;
  /** The first that holds. */
  decided: boolean;
  state: "holds" | "waiting" | "kept" | "blocked" | "off";
  since: Instant | null;
  until: Instant | null;
  counted: boolean;
  wait: string;
  keep: string;
  when: ConditionPart;
  unless: ConditionPart | null;
}

/** How a status came about: every rule in its order, and what it compared. */
export interface Explained {
  at: Instant;
  status: Status;
  rule: string;
  reason: Text;
  counted: boolean;
  /** When time alone could change it. */
  due: Instant | null;
  set: string;
  rules: RulePart[];
  zone?: string;
  zones?: Explained[];
}
