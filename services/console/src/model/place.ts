import { DOMAINS, type DomainId, PROBLEMS, type ProblemName } from "../contract";
import type { PeriodKind } from "../contract.status";
import { isPeriodKind } from "./periods";

export const PAGES = ["city", "services", "kpis", "data", "rules", "silences", "notices", "public"] as const;
export type PageName = (typeof PAGES)[number];
export type SelectionKind =
  | "alert"
  | "domain"
  | "incident"
  | "cause"
  | "rule"
  | "silence"
  | "maintenance"
  | "receiver"
  | "service"
  | "zone"
  | "kpi"
  | "note";
export type Selection = { kind: SelectionKind; id: string } | null;

/** What the city's list is of. */
export type View = "alerts" | "incidents";

export const PERIODS = ["hour", "day"] as const;
export type Period = (typeof PERIODS)[number];

/** What of the data to show. Null, and no problem, limit nothing. */
export interface DataFilters {
  /** One device: its account, its refusals, its quality. */
  device: string | null;
  code: string | null;
  /** Refused within the last hour or day. */
  period: Period | null;
  words: string | null;
  domain: DomainId | null;
  zone: string | null;
  problems: readonly ProblemName[];
}

export const NO_DATA_FILTERS: DataFilters = {
  device: null,
  code: null,
  period: null,
  words: null,
  domain: null,
  zone: null,
  problems: [],
};

/** Which of the rules to show. Null limits nothing. */
export interface RuleFilters {
  words: string | null;
  domain: DomainId | null;
  kind: string | null;
  mode: "live" | "shadow" | null;
  /** Only those of which an alert is open now. */
  firing: boolean;
}

export const NO_RULE_FILTERS: RuleFilters = {
  words: null,
  domain: null,
  kind: null,
  mode: null,
  firing: false,
};

/** Which indicators to show, and of when. */
export interface KpiFilters {
  domain: DomainId | null;
  period: PeriodKind;
  /** A day of the period, as `2026-10-01`; null is the period of now. */
  at: string | null;
}

export const NO_KPI_FILTERS: KpiFilters = { domain: null, period: "month", at: null };

/** Which page shows what: all that the address says. */
export interface Place {
  page: PageName;
  view: View;
  selection: Selection;
  filters: DataFilters;
  rules: RuleFilters;
  kpis: KpiFilters;
}

const ON_PAGE: Record<PageName, readonly string[]> = {
  city: ["alert", "domain", "incident", "service", "zone"],
  services: ["service", "domain", "zone"],
  kpis: ["kpi"],
  public: ["note"],
  data: ["cause"],
  rules: ["rule"],
  silences: ["silence", "maintenance"],
  notices: ["receiver"],
};

/**
 * `#alert/ID`, `#domain/ID`, `#incidents`, `#incidents/incident/ID`, `#services/service/ID`,
 * `#kpis/kpi/ID?period=quarter`, `#data`, `#data/cause/KEY?device=aq-01`, `#rules`, `#rules/rule/ID?kind=window`,
 * `#silences/maintenance/ID`, `#notices`, `#public/note/ID`; whatever else is the city.
 */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const steps = path.split("/");
  const page = PAGES.find((name) => name === steps[0]) ?? "city";
  const view = steps[0] === "incidents" ? "incidents" : "alerts";
  const [kind, id] = page === "city" && view === "alerts" ? steps : steps.slice(1);
  const selection = id && kind && ON_PAGE[page].includes(kind) ? { kind, id: decoded(id) } : null;
  return {
    page,
    view,
    selection: selection as Selection,
    filters: page === "data" ? filtersOf(query) : NO_DATA_FILTERS,
    rules: page === "rules" ? ruleFiltersOf(query) : NO_RULE_FILTERS,
    kpis: page === "kpis" ? kpiFiltersOf(query) : NO_KPI_FILTERS,
  };
}

/** The inverse; of the city's page as such it is empty. */
export function hashOf({ page, view, selection, filters, rules, kpis }: Place): string {
  const steps = selection ? [selection.kind, encodeURIComponent(selection.id)] : [];
  if (page !== "city") steps.unshift(page);
  else if (view === "incidents") steps.unshift(view);
  const queries = { data: queryOf(filters), rules: ruleQueryOf(rules), kpis: kpiQueryOf(kpis) };
  const query = (queries as Partial<Record<PageName, string>>)[page] ?? "";
  return steps.length ? `#${steps.join("/")}${query ? `?${query}` : ""}` : "";
}

const NOWHERE: Place = {
  page: "city",
  view: "alerts",
  selection: null,
  filters: NO_DATA_FILTERS,
  rules: NO_RULE_FILTERS,
  kpis: NO_KPI_FILTERS,
};

/** The address of a service, zone or domain among the services. */
export const standingAddress = (kind: "service" | "zone" | "domain", id: string): string =>
  hashOf({ ...NOWHERE, page: "services", selection: { kind, id } });

/** The address of one indicator. */
export const kpiAddress = (id: string): string =>
  hashOf({ ...NOWHERE, page: "kpis", selection: { kind: "kpi", id } });

/** The address of what the public is told. */
export const noteAddress = (id: string): string =>
  hashOf({ ...NOWHERE, page: "public", selection: { kind: "note", id } });

/** The address of one device's data. */
export const deviceData = (device: string): string =>
  hashOf({ ...NOWHERE, page: "data", filters: { ...NO_DATA_FILTERS, device } });

/** The address of one rule. */
export const ruleAddress = (id: string): string =>
  hashOf({ ...NOWHERE, page: "rules", selection: { kind: "rule", id } });

/** The address of one alert. */
export const alertAddress = (id: string): string => hashOf({ ...NOWHERE, selection: { kind: "alert", id } });

/** The address of one incident. */
export const incidentAddress = (id: string): string =>
  hashOf({ ...NOWHERE, view: "incidents", selection: { kind: "incident", id } });

/** The address of a silence or a maintenance window. */
export const suppressionAddress = (kind: "silence" | "maintenance", id: string): string =>
  hashOf({ ...NOWHERE, page: "silences", selection: { kind, id } });

function kpiFiltersOf(query: string): KpiFilters {
  const given = new URLSearchParams(query);
  const period = given.get("period");
  const at = given.get("at") ?? "";
  return {
    domain: DOMAINS.find((domain) => domain === given.get("domain")) ?? null,
    period: isPeriodKind(period) ? period : NO_KPI_FILTERS.period,
    at: /^\d{4}-\d\d-\d\d$/.test(at) ? at : null,
  };
}

function kpiQueryOf({ domain, period, at }: KpiFilters): string {
  const query = new URLSearchParams();
  const all = { domain, period: period === NO_KPI_FILTERS.period ? null : period, at };
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
  return query.toString();
}

function ruleFiltersOf(query: string): RuleFilters {
  const given = new URLSearchParams(query);
  const mode = given.get("mode");
  return {
    words: given.get("q")?.trim() || null,
    domain: DOMAINS.find((domain) => domain === given.get("domain")) ?? null,
    kind: given.get("kind")?.trim() || null,
    mode: mode === "live" || mode === "shadow" ? mode : null,
    firing: given.get("firing") === "yes",
  };
}

function ruleQueryOf({ words, firing, ...plain }: RuleFilters): string {
  const query = new URLSearchParams();
  const all = { ...plain, q: words, firing: firing ? "yes" : null };
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
  return query.toString();
}

function filtersOf(query: string): DataFilters {
  const given = new URLSearchParams(query);
  const text = (name: string) => given.get(name)?.trim() || null;
  const asked = (text("problem") ?? "").split(",");
  return {
    device: text("device"),
    code: text("code"),
    period: PERIODS.find((period) => period === text("period")) ?? null,
    words: text("q"),
    domain: DOMAINS.find((domain) => domain === text("domain")) ?? null,
    zone: text("zone"),
    problems: PROBLEMS.filter((problem) => asked.includes(problem)),
  };
}

function queryOf({ words, problems, ...plain }: DataFilters): string {
  const query = new URLSearchParams();
  const all = { ...plain, q: words, problem: problems.join(",") };
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
  return query.toString();
}

/** A hand-made address may be no encoding of anything. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
