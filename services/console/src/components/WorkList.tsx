import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { isOpen } from "../model/alerts";
import { useStore } from "../store";
import { AlertFilters } from "./AlertFilters";
import { Alerts } from "./Alerts";
import { Incidents } from "./incidents/Incidents";

/** What operators work on: the open alerts one by one, or gathered to incidents. */
export function WorkList(): JSX.Element {
  const { list, live, text } = useStore();
  const say = text.value;
  const isIncidents = list.value === "incidents";
  useInSight(isIncidents);
  const known = isIncidents ? live.work.incidents.value : live.alerts.held.value;
  return (
    <section
      class="card alerts"
      id="alerts"
      aria-label={isIncidents ? say.incidentsTitle : say.alertsTitle}
      aria-busy={!known}
      tabIndex={-1}
    >
      <div class="card-head">
        <Switch />
        <AlertFilters />
      </div>
      {isIncidents ? <Incidents /> : <Alerts />}
    </section>
  );
}

/** On a narrow screen the list stands below the domains: whoever asks for incidents is taken there. */
function useInSight(isIncidents: boolean): void {
  useEffect(() => {
    if (!isIncidents || !window.matchMedia("(max-width: 1099px)").matches) return;
    document.getElementById("alerts")?.scrollIntoView({ block: "start" });
  }, [isIncidents]);
}

function Switch(): JSX.Element {
  const { list, text } = useStore();
  const say = text.value;
  const [alerts, incidents] = [useAlertCount(), useIncidentCount()];
  const current = (view: string) => (list.value === view ? "true" : undefined);
  return (
    <h2 class="list-switch">
      <a href="#city" aria-current={current("alerts")} data-list="alerts">
        {say.alertsTitle}
        {alerts !== null && <span class="count">{alerts}</span>}
      </a>
      <a href="#incidents" aria-current={current("incidents")} data-list="incidents">
        {say.incidentsTitle}
        {incidents !== null && <span class="count">{incidents}</span>}
      </a>
    </h2>
  );
}

/** All that are open, or how many of them the filters let through. */
function useAlertCount(): string | null {
  const { live, list, lang, shownAlerts, filters, text } = useStore();
  const counts = live.alerts.counts.value;
  if (!counts) return null;
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  const isSuppressed = filters.value.suppressed;
  const all = isSuppressed ? counts.suppressed : counts.open;
  const more = live.alerts.isCounted.value ? "" : "+";
  const shown = shownAlerts.value.filter(isOpen).length;
  if (list.value !== "alerts" || (shown === all && !more)) return `${count(all)}${more}`;
  return text.value.showing(count(shown), `${count(all)}${more}`);
}

function useIncidentCount(): string | null {
  const { live, list, shownIncidents, text } = useStore();
  const known = live.work.incidents.value;
  if (!known) return null;
  const all = [...known.values()].filter(({ state }) => state === "open").length;
  const more = live.work.areMore.value ? "+" : "";
  const shown = shownIncidents.value.filter(({ state }) => state === "open").length;
  if (list.value !== "incidents" || shown === all) return `${all}${more}`;
  return text.value.showing(`${shown}`, `${all}${more}`);
}
