import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { AlertPanel } from "./components/AlertPanel";
import { Announcer } from "./components/Announcer";
import { DomainPanel } from "./components/DomainPanel";
import { Domains } from "./components/Domains";
import { FloodBanner } from "./components/FloodBanner";
import { Header } from "./components/Header";
import { Icon } from "./components/Icon";
import { IncidentPanel } from "./components/incidents/IncidentPanel";
import { later } from "./components/Later";
import { PulseCard } from "./components/PulseCard";
import { SignIn } from "./components/SignIn";
import { ServicePanel } from "./components/status/ServicePanel";
import { ZonePanel } from "./components/status/ZonePanel";
import { WorkList } from "./components/WorkList";
import { ZoneMap } from "./components/ZoneMap";
import { said } from "./model/labels";
import type { PageName } from "./model/place";
import { useStore } from "./store";

const DataPage = later(async () => (await import("./components/data/DataPage")).DataPage);
const ServicesPage = later(async () => (await import("./components/status/ServicesPage")).ServicesPage);
const KpisPage = later(async () => (await import("./components/kpis/KpisPage")).KpisPage);
const NotesPage = later(async () => (await import("./components/public/NotesPage")).NotesPage);
const Wall = later(async () => (await import("./components/wall/Wall")).Wall);
const RulesPage = later(async () => (await import("./components/rules/RulesPage")).RulesPage);
const SilencesPage = later(async () => (await import("./components/silences/SilencesPage")).SilencesPage);
const NoticesPage = later(async () => (await import("./components/notices/NoticesPage")).NoticesPage);

export function App(): JSX.Element {
  const { view, wall, text } = useStore();
  if (view.value === "sign-in") return <SignIn />;
  if (view.value === "console") return wall.value ? <WallScreen /> : <Console />;
  return (
    <main class="gate">
      <div class="gate-card gate-wait" role="status">
        {view.value === "starting" ? (
          <p class="muted">{text.value.loading}</p>
        ) : (
          <>
            <h1>{text.value.unreachableTitle}</h1>
            <p class="muted">{text.value.unreachableText}</p>
          </>
        )}
      </div>
    </main>
  );
}

function Console(): JSX.Element {
  const { live, page, selection } = useStore();
  useWindowTitle();
  return (
    <div class={`console ${live.isStale.value ? "is-stale" : ""} ${selection.value ? "has-panel" : ""}`}>
      <Skip />
      <Header />
      <StaleBanner />
      <FloodBanner />
      <Page name={page.value} />
      <Announcer />
    </div>
  );
}

function WallScreen(): JSX.Element {
  useWindowTitle();
  return <Wall />;
}

const PAGES: Record<PageName, () => JSX.Element> = {
  city: CityPage,
  services: ServicesBoard,
  kpis: KpisPage,
  data: DataPage,
  rules: RulesPage,
  silences: SilencesPage,
  notices: NoticesPage,
  public: NotesPage,
};

function Page({ name }: { name: PageName }): JSX.Element {
  const Named = PAGES[name];
  return <Named key={name} />;
}

/** The services, and beside them what is chosen. */
function ServicesBoard(): JSX.Element {
  const { selection } = useStore();
  return (
    <div class={selection.value ? "beside has-side" : "beside"}>
      <ServicesPage />
      {selection.value && (
        <aside class="side">
          <Details />
        </aside>
      )}
    </div>
  );
}

function CityPage(): JSX.Element {
  return (
    <main class="board">
      <Domains />
      <WorkList />
      <aside class="side">
        <ZoneMap />
        <PulseCard />
        <Details />
      </aside>
    </main>
  );
}

/** To what the page is about, past the header. The address stays: it says what is looked at. */
function Skip(): JSX.Element {
  const { page, text } = useStore();
  const say = text.value;
  const [target, word] = {
    city: ["alerts", say.skip],
    services: ["services", say.skipServices],
    kpis: ["kpis", say.skipKpis],
    public: ["public", say.skipPublic],
    data: ["ledger", say.skipData],
    rules: ["rules", say.skipRules],
    silences: ["silences", say.skipSilences],
    notices: ["receivers", say.skipNotices],
  }[page.value] as [string, string];
  return (
    <a
      class="skip"
      href={`#${target}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(target)?.focus();
      }}
    >
      {word}
    </a>
  );
}

/** Says in words that what is on the screen is old. */
function StaleBanner(): JSX.Element | null {
  const { live, text, time } = useStore();
  const connection = live.connection.value;
  if (connection.kind !== "stale") return null;
  const since = connection.since;
  return (
    <div class="banner" role="alert">
      <Icon name="offline" />
      <p>
        {since === null
          ? text.value.neverConnected
          : text.value.staleBanner(time.value.moment(since, live.now.value))}
      </p>
    </div>
  );
}

function Details(): JSX.Element | null {
  const { live, selection } = useStore();
  const chosen = selection.value;
  if (chosen?.kind === "incident") return <IncidentPanel key={chosen.id} id={chosen.id} />;
  if (chosen?.kind === "alert") return <AlertPanel key={chosen.id} id={chosen.id} />;
  if (chosen?.kind === "service") return <ServicePanel key={chosen.id} id={chosen.id} />;
  if (chosen?.kind === "zone") return <ZonePanel key={chosen.id} id={chosen.id} />;
  const domain = chosen?.kind === "domain" && live.domains.value?.find(({ domain: id }) => id === chosen.id);
  return domain ? <DomainPanel key={domain.domain} domain={domain} /> : null;
}

/** The number of open alerts stands in the tab, for those who look elsewhere. */
function useWindowTitle(): void {
  const { live, city, lang, page, text } = useStore();
  const open = live.alerts.counts.value?.open ?? 0;
  const place = city.value ? said(city.value.name, lang) : text.value.product;
  const name = page.value === "city" ? place : `${text.value.pageNames[page.value]} · ${place}`;
  useEffect(() => {
    document.title = open ? `(${open}) ${name}` : name;
  }, [open, name]);
}
