import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Api, isUnauthorised, ProblemError } from "./api";
import type { Alert, City, Incident, Lang, Session } from "./contract";
import { type Messages, messages } from "./i18n";
import { LiveCity, type Stream } from "./live/city";
import { Poll } from "./live/poll";
import { type Filters, NO_FILTERS, visible } from "./model/alerts";
import { visibleIncidents } from "./model/incidents";
import { said, words } from "./model/labels";
import {
  type DataFilters,
  hashOf,
  type KpiFilters,
  type View as ListView,
  NO_DATA_FILTERS,
  NO_KPI_FILTERS,
  NO_RULE_FILTERS,
  type PageName,
  placeOf,
  type RuleFilters,
  type Selection,
} from "./model/place";
import { CityTime, knownTimezone } from "./model/time";
import type { Prefs } from "./prefs";

export type View = "starting" | "unreachable" | "sign-in" | "console";

const RETRY_MS = 3000;
const READY_MS = 5000;

/** What the whole page shares: who is signed in, the live city, and what the operator chose to see. */
export class Store {
  readonly view = signal<View>("starting");
  readonly session = signal<Session | null>(null);
  readonly filters: Signal<Filters> = signal(NO_FILTERS);
  readonly page = signal<PageName>("city");
  readonly list = signal<ListView>("alerts");
  readonly selection = signal<Selection>(null);
  readonly dataFilters = signal<DataFilters>(NO_DATA_FILTERS);
  readonly ruleFilters = signal<RuleFilters>(NO_RULE_FILTERS);
  readonly kpiFilters = signal<KpiFilters>(NO_KPI_FILTERS);
  /** The mayor's screen in place of the console. */
  readonly wall = signal(false);
  readonly live: LiveCity;
  readonly api: Api;
  readonly prefs: Prefs;
  /** What Nakhon itself can't do now; asked for while the page is seen. */
  readonly troubles: Poll<string[]>;

  readonly text: ReadonlySignal<Messages>;
  readonly time: ReadonlySignal<CityTime>;
  readonly city: ReadonlySignal<City | null>;
  readonly me: ReadonlySignal<string | null>;
  readonly shownAlerts: ReadonlySignal<Alert[]>;
  readonly shownIncidents: ReadonlySignal<Incident[]>;

  constructor(prefs: Prefs, openStream: () => Stream) {
    this.prefs = prefs;
    this.api = new Api(() => prefs.lang.value);
    this.live = new LiveCity(this.api, openStream, () => this.#leave());
    this.troubles = new Poll(
      () => this.api.troubles(),
      READY_MS,
      () => !document.hidden,
    );
    this.city = computed(() => this.session.value?.city ?? null);
    this.text = computed(() => messages(prefs.lang.value));
    this.time = computed(
      () => new CityTime(prefs.lang.value, knownTimezone(this.city.value?.timezone ?? "Asia/Bangkok")),
    );
    this.me = computed(() => this.session.value?.name ?? null);
    this.shownAlerts = computed(() =>
      visible(this.live.alerts.held.value?.values() ?? [], this.filters.value, this.me.value),
    );
    this.shownIncidents = computed(() =>
      visibleIncidents(this.live.work.incidents.value?.values() ?? [], this.filters.value, this.me.value),
    );
    effect(() => this.live.want({ filters: this.filters.value, me: this.me.value }));
  }

  get lang(): Lang {
    return this.prefs.lang.value;
  }

  /** Find out who is signed in, and go live, or ask for a token. */
  async begin(): Promise<void> {
    try {
      this.session.value = await this.api.session();
      this.view.value = "console";
      this.live.start();
      this.troubles.start();
    } catch (error) {
      if (isUnauthorised(error)) this.view.value = "sign-in";
      else this.#unreachable();
    }
  }

  /** Null when it went well, else what to tell the operator. */
  async signIn(token: string): Promise<string | null> {
    try {
      await this.api.signIn(token);
    } catch (error) {
      if (isUnauthorised(error)) return this.text.value.signInRefused;
      return error instanceof ProblemError ? error.message : this.text.value.unreachableTitle;
    }
    await this.begin();
    return null;
  }

  /** The page begins anew, so that nothing of the last operator stays in memory. */
  async signOut(): Promise<void> {
    await this.api.signOut().catch(() => undefined);
    location.reload();
  }

  filter(change: Partial<Filters>): void {
    this.filters.value = { ...this.filters.value, ...change };
  }

  filterData(change: Partial<DataFilters>): void {
    this.dataFilters.value = { ...this.dataFilters.value, ...change };
  }

  filterRules(change: Partial<RuleFilters>): void {
    this.ruleFilters.value = { ...this.ruleFilters.value, ...change };
  }

  filterKpis(change: Partial<KpiFilters>): void {
    this.kpiFilters.value = { ...this.kpiFilters.value, ...change };
  }

  /** The open alerts that these filters leave, on the city's page. */
  showAlerts(change: Partial<Filters>): void {
    batch(() => {
      this.page.value = "city";
      this.list.value = "alerts";
      this.filters.value = { ...NO_FILTERS, ...change };
    });
  }

  /** Empty for what stands in no zone. */
  zoneName(id: string | null): string {
    if (!id) return "";
    const zone = this.live.zones.value?.find((known) => known.id === id);
    return zone ? said(zone.name, this.lang) : words(id);
  }

  serviceName(id: string): string {
    const services = this.live.domains.value?.flatMap((domain) => domain.services) ?? [];
    return said(services.find((known) => known.id === id)?.name, this.lang) || words(id);
  }

  /** Whether who is signed in may act on alerts. */
  get mayOperate(): boolean {
    const role = this.session.value?.role;
    return role === "operator" || role === "admin";
  }

  deviceName(id: string): string {
    return this.live.devices.value.get(id)?.name || id;
  }

  #unreachable(): void {
    this.view.value = "unreachable";
    setTimeout(() => void this.begin(), RETRY_MS);
  }

  #leave(): void {
    this.live.stop();
    this.troubles.stop();
    this.view.value = "sign-in";
  }
}

/** What is looked at lives in the address, so that a colleague can be sent to it. */
export function followAddress(store: Store): void {
  const read = () => {
    const place = placeOf(location.hash);
    batch(() => {
      store.page.value = place.page;
      store.list.value = place.view;
      store.selection.value = place.selection;
      store.dataFilters.value = place.filters;
      store.ruleFilters.value = place.rules;
      store.kpiFilters.value = place.kpis;
    });
  };
  read();
  window.addEventListener("hashchange", read);
  effect(() => {
    const { page, list, selection, dataFilters, ruleFilters, kpiFilters } = store;
    const hash = hashOf({
      page: page.value,
      view: list.value,
      selection: selection.value,
      filters: dataFilters.value,
      rules: ruleFilters.value,
      kpis: kpiFilters.value,
    });
    if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
  });
}

/** `?wall` is the mayor's screen; the browser's Back leaves it. */
export function followWall(store: Store): void {
  const read = () => {
    store.wall.value = new URLSearchParams(location.search).has("wall");
  };
  read();
  window.addEventListener("popstate", read);
}

/** Go to the mayor's screen, or back to the console. */
export function turnWall(store: Store, on: boolean): void {
  history.pushState(null, "", `${location.pathname}${on ? "?wall" : ""}${location.hash}`);
  store.wall.value = on;
}

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("a component stands outside StoreContext");
  return store;
}
