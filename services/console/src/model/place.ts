import { DOMAINS, type DomainId, PROBLEMS, type ProblemName } from "../contract";

export type PageName = "city" | "data";
export type Selection = { kind: "alert" | "domain" | "cause"; id: string } | null;

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

/** Which page shows what: all that the address says. */
export interface Place {
  page: PageName;
  selection: Selection;
  filters: DataFilters;
}

const ON_PAGE: Record<PageName, readonly string[]> = { city: ["alert", "domain"], data: ["cause"] };

/** `#alert/ID`, `#domain/ID`, `#data`, `#data/cause/KEY?device=aq-01`; whatever else is the city. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const steps = path.split("/");
  const page: PageName = steps[0] === "data" ? "data" : "city";
  const [kind, id] = page === "data" ? steps.slice(1) : steps;
  const selection = id && kind && ON_PAGE[page].includes(kind) ? { kind, id: decoded(id) } : null;
  return {
    page,
    selection: selection as Selection,
    filters: page === "data" ? filtersOf(query) : NO_DATA_FILTERS,
  };
}

/** The inverse; of the city's page as such it is empty. */
export function hashOf({ page, selection, filters }: Place): string {
  const steps = selection ? [selection.kind, encodeURIComponent(selection.id)] : [];
  if (page === "city") return steps.length ? `#${steps.join("/")}` : "";
  const query = queryOf(filters);
  return `#${["data", ...steps].join("/")}${query ? `?${query}` : ""}`;
}

/** The address of one device's data. */
export const deviceData = (device: string): string =>
  hashOf({ page: "data", selection: null, filters: { ...NO_DATA_FILTERS, device } });

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
