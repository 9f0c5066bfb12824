import type {
  Alert,
  AlertCounts,
  Bucket,
  Cause,
  Deadline,
  Device,
  DomainStatus,
  Explanation,
  Flood,
  Incident,
  Lang,
  Ledger,
  Maintenance,
  ManyAcknowledged,
  Matcher,
  NewMaintenance,
  NewSilence,
  Notification,
  ObservationType,
  Page,
  Preview,
  Problem,
  Quality,
  Quarantined,
  Reading,
  Receiver,
  Replayed,
  Rule,
  RuleChanges,
  RuleComparison,
  RuleState,
  Session,
  Silence,
  Verdict,
  Zone,
} from "./contract";
import type {
  Explained,
  Kpi,
  NewNote,
  Note,
  NoteStep,
  StatusChange,
  SubjectKind,
  UptimeDay,
  ZoneStatus,
} from "./contract.status";
import { offsetFrom } from "./model/clock";

/** The server answered, and refused. */
export class ProblemError extends Error {
  readonly status: number;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
  }
}

/** The server did not answer. */
export class UnreachableError extends Error {}

export type Query = Record<string, string | number | boolean | undefined>;

/** What operators work on. */
export type Worked = "alerts" | "incidents";
export type Action = "acknowledge" | "unacknowledge" | "assign" | "comment" | "close";

/** Longer than any healthy answer takes, shorter than an operator's patience. */
const TIMEOUT_MS = 10_000;
/** Taking readings again goes on for 20 s, and may have to wait for the one under way. */
const REPLAY_MS = 60_000;
/** Of hundreds of thousands of devices it takes a while to find those with problems. */
const SURVEY_MS = 60_000;
/** Reading all rule files, and giving the state of the old rules to the new ones. */
const RELOAD_MS = 60_000;
/** Indicators of a year may have to be computed from what is stored. */
const KPI_MS = 90_000;
/** A test waits for mail servers and the like. */
const NOTIFICATION_MS = 60_000;

const PATHS: Record<SubjectKind, string> = { service: "services", zone: "zones", domain: "domains" };

export const isUnauthorised = (error: unknown): boolean =>
  error instanceof ProblemError && error.status === 401;

/** The contract's HTTP paths. Every method throws ProblemError or UnreachableError. */
export class Api {
  /** How far the server's clock is ahead of this computer's (ms). */
  offset = 0;
  readonly #fetch: typeof fetch;
  readonly #lang: () => Lang;

  constructor(lang: () => Lang, fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#lang = lang;
    this.#fetch = fetcher;
  }

  session(): Promise<Session> {
    return this.#request("GET", "session");
  }

  signIn(token: string): Promise<unknown> {
    return this.#request("POST", "session", {}, { token });
  }

  signOut(): Promise<unknown> {
    return this.#request("DELETE", "session");
  }

  async domains(): Promise<DomainStatus[]> {
    return (await this.#request<Page<DomainStatus>>("GET", "domains")).items;
  }

  /** Changes of a service, zone or domain, newest first. */
  history(kind: SubjectKind, id: string, query: Query): Promise<Page<StatusChange>> {
    return this.#request("GET", `${PATHS[kind]}/${encodeURIComponent(id)}/history`, query);
  }

  /** Day by day, oldest first. */
  async uptime(kind: SubjectKind, id: string, days: number): Promise<UptimeDay[]> {
    const path = `${PATHS[kind]}/${encodeURIComponent(id)}/uptime`;
    return (await this.#request<Page<UptimeDay>>("GET", path, { days, limit: days })).items;
  }

  /** How a service's status came about. */
  explain(service: string): Promise<Explained> {
    return this.#request("GET", `services/${encodeURIComponent(service)}/explain`);
  }

  zoneStatuses(): Promise<ZoneStatus[]> {
    return this.#all("zones/status", { limit: 1000 });
  }

  async kpis(query: Query): Promise<Kpi[]> {
    return (await this.#request<Page<Kpi>>("GET", "kpis", query, undefined, KPI_MS)).items;
  }

  /** What the public is told, newest first. */
  async notes(): Promise<Note[]> {
    return (await this.#request<Page<Note>>("GET", "notes", { limit: 200 })).items;
  }

  addNote(note: NewNote): Promise<Note> {
    return this.#request("POST", "notes", {}, note);
  }

  /** Tell how it went on. */
  updateNote(id: string, step: NoteStep): Promise<Note> {
    return this.#request("PUT", `notes/${encodeURIComponent(id)}`, {}, step);
  }

  /** Take it off the public page. */
  withdrawNote(id: string, number?: number): Promise<unknown> {
    return this.#request("DELETE", `notes/${encodeURIComponent(id)}`, { number });
  }

  zones(): Promise<Zone[]> {
    return this.#all("zones");
  }

  /** The first 2,000: a map with more dots than that says nothing. */
  async devices(): Promise<Device[]> {
    return (await this.#request<Page<Device>>("GET", "devices", { limit: 2000 })).items;
  }

  device(id: string): Promise<Device> {
    return this.#request("GET", `devices/${encodeURIComponent(id)}`);
  }

  types(): Promise<ObservationType[]> {
    return this.#all("types");
  }

  /** One page of the alerts, newest first. */
  alerts(query: Query): Promise<Page<Alert>> {
    return this.#request("GET", "alerts", query);
  }

  /** How many alerts fire, and where. */
  alertCounts(): Promise<AlertCounts> {
    return this.#request("GET", "alerts/counts");
  }

  alert(id: string): Promise<Alert> {
    return this.#request("GET", `alerts/${encodeURIComponent(id)}`);
  }

  /** Acknowledge many at once, each by itself: what can't be is told, and stops no other. */
  acknowledgeMany(ids: readonly string[], note: string): Promise<ManyAcknowledged> {
    return this.#request("POST", "alerts/acknowledge", {}, { ids, note });
  }

  incidents(query: Query): Promise<Page<Incident>> {
    return this.#request("GET", "incidents", query);
  }

  incident(id: string): Promise<Incident> {
    return this.#request("GET", `incidents/${encodeURIComponent(id)}`);
  }

  /** Take a step on an alert or an incident. `number` in the form is the last step that the operator saw. */
  act<T extends Alert | Incident>(kind: Worked, id: string, action: Action, form: object): Promise<T> {
    return this.#request("POST", `${kind}/${encodeURIComponent(id)}/${action}`, {}, form);
  }

  silences(query: Query): Promise<Page<Silence>> {
    return this.#request("GET", "silences", query);
  }

  addSilence(silence: NewSilence): Promise<Silence> {
    return this.#request("POST", "silences", {}, silence);
  }

  /** Answers the silence that holds from now on: it may be another one. */
  editSilence(id: string, silence: NewSilence): Promise<Silence> {
    return this.#request("PUT", `silences/${encodeURIComponent(id)}`, {}, silence);
  }

  endSilence(id: string): Promise<unknown> {
    return this.#request("DELETE", `silences/${encodeURIComponent(id)}`);
  }

  /** What a silence would hold now. */
  preview(matcher: Matcher): Promise<Preview> {
    return this.#request("POST", "silences/preview", {}, { matcher });
  }

  maintenance(): Promise<Maintenance[]> {
    return this.#all("maintenance", { limit: 500 });
  }

  addMaintenance(window: NewMaintenance): Promise<Maintenance> {
    return this.#request("POST", "maintenance", {}, window);
  }

  endMaintenance(id: string): Promise<unknown> {
    return this.#request("DELETE", `maintenance/${encodeURIComponent(id)}`);
  }

  async receivers(): Promise<Receiver[]> {
    return (await this.#request<Page<Receiver>>("GET", "receivers")).items;
  }

  /** Tell a receiver over each of its channels that this is a test. */
  testReceiver(name: string): Promise<{ items: Notification[] }> {
    return this.#request(
      "POST",
      `receivers/${encodeURIComponent(name)}/test`,
      {},
      undefined,
      NOTIFICATION_MS,
    );
  }

  notifications(query: Query): Promise<Page<Notification>> {
    return this.#request("GET", "notifications", query);
  }

  /** Who would hear of an alert, and when. */
  explainRoutes(query: Query): Promise<Explanation> {
    return this.#request("GET", "routes/explain", query);
  }

  /** How soon alerts were told and taken up in the last week. */
  async deadlines(): Promise<Deadline[]> {
    return (await this.#request<Page<Deadline>>("GET", "deadlines", { limit: 200 })).items;
  }

  /** Those that last first. */
  async floods(): Promise<Flood[]> {
    return (await this.#request<Page<Flood>>("GET", "floods", { limit: 20 })).items;
  }

  async observations(query: Query): Promise<(Reading | Bucket)[]> {
    return (await this.#request<Page<Reading | Bucket>>("GET", "observations", query)).items;
  }

  async latest(query: Query): Promise<Reading[]> {
    return (await this.#request<Page<Reading>>("GET", "observations/latest", query)).items;
  }

  /** Of everything, or of one device. */
  ledger(device?: string): Promise<Ledger> {
    return this.#request("GET", "ledger", { device });
  }

  /** Refused readings by cause, the largest group first. */
  causes(query: Query): Promise<Page<Cause>> {
    return this.#request("GET", "quarantine/causes", query);
  }

  /** Refused readings, newest first. */
  quarantine(query: Query): Promise<Page<Quarantined>> {
    return this.#request("GET", "quarantine", query);
  }

  /** Take one refused reading again. */
  replay(id: string): Promise<Verdict> {
    return this.#request("POST", `quarantine/${encodeURIComponent(id)}/replay`, {}, undefined, REPLAY_MS);
  }

  /** Take many refused readings again, as many as fit into one request. */
  replayAll(form: object): Promise<Replayed> {
    return this.#request("POST", "quarantine/replay", {}, form, REPLAY_MS);
  }

  quality(query: Query): Promise<Page<Quality>> {
    return this.#request("GET", "quality", query, undefined, SURVEY_MS);
  }

  rules(): Promise<Rule[]> {
    return this.#all("rules", { limit: 2000 });
  }

  rule(id: string): Promise<Rule> {
    return this.#request("GET", `rules/${encodeURIComponent(id)}`);
  }

  /** The rule files in force, and the mistakes in those that are not. */
  ruleState(): Promise<RuleState> {
    return this.#request("GET", "rules/state");
  }

  /** Take over the rule files now, all of them or none. */
  reloadRules(): Promise<RuleChanges> {
    return this.#request("POST", "rules/reload", {}, undefined, RELOAD_MS);
  }

  /** A rule in shadow mode beside the live one, over the last week. */
  comparison(id: string): Promise<RuleComparison> {
    return this.#request("GET", `rules/${encodeURIComponent(id)}/comparison`);
  }

  /** What Nakhon itself can't do now; nothing when it does all of its work. */
  async troubles(): Promise<string[]> {
    const response = await this.#send("GET", "/readyz", undefined, TIMEOUT_MS);
    if (response.ok) return [];
    const answer = parsed(await response.text().catch(() => "")) as { reasons?: unknown } | null;
    if (Array.isArray(answer?.reasons)) return answer.reasons.map(String);
    throw new ProblemError(response.status, {});
  }

  async #all<T>(path: string, query: Query = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.#request("GET", path, { ...query, cursor });
      items.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor);
    return items;
  }

  async #request<T>(
    method: string,
    path: string,
    query: Query = {},
    body?: object,
    patience = TIMEOUT_MS,
  ): Promise<T> {
    const response = await this.#send(method, address(path, query), body, patience);
    const text = await response.text().catch(() => "");
    const answer = parsed(text);
    if (!response.ok) throw new ProblemError(response.status, (answer ?? {}) as Problem);
    return answer as T;
  }

  async #send(method: string, url: string, body: object | undefined, patience: number): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": this.#lang() };
    if (body) headers["Content-Type"] = "application/json";
    const init: RequestInit = { method, headers, cache: "no-store", signal: AbortSignal.timeout(patience) };
    if (body) init.body = JSON.stringify(body);
    const asked = Date.now();
    try {
      const response = await this.#fetch(url, init);
      this.offset = offsetFrom(response.headers.get("Date"), asked, Date.now()) ?? this.offset;
      return response;
    } catch (error) {
      throw new UnreachableError(String(error));
    }
  }
}

/** Where a path of the API lies, with its parameters. */
export function address(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return `/api/v1/${path}${search.size ? `?${search}` : ""}`;
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
