import type { JSX } from "preact";
import type { Incident } from "../../contract";
import { MOST_INCIDENTS } from "../../live/work";
import { NO_FILTERS } from "../../model/alerts";
import { said } from "../../model/labels";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty, Handling, moveWithArrows, Since } from "../Alerts";
import { ShowMore, useShown } from "../hooks";
import { Icon, SeverityMark } from "../Icon";

/** The open incidents, as the filters want them. */
export function Incidents(): JSX.Element {
  const { live, shownIncidents, text } = useStore();
  const { incidents, trouble, areMore } = live.work;
  const shown = shownIncidents.value;
  if (!incidents.value) {
    if (trouble.value === null) return <div class="alert-skeleton bone row" />;
    return <Empty icon="unknown" title={text.value.incidentsUnknown} detail={trouble.value} />;
  }
  if (shown.length === 0) return <NoIncidents />;
  return (
    <>
      <IncidentList incidents={shown} />
      {areMore.value && <p class="list-note">{text.value.onlyTheFirst(MOST_INCIDENTS)}</p>}
    </>
  );
}

function NoIncidents(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  if (!store.live.work.incidents.value?.size) {
    return store.live.isStale.value ? (
      <Empty icon="unknown" title={say.staleNoIncidents} />
    ) : (
      <Empty icon="operational" title={say.noIncidents} detail={say.noIncidentsText} />
    );
  }
  return (
    <div class="empty">
      <p>{say.noIncidentMatch}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          store.filters.value = NO_FILTERS;
        }}
      >
        {say.clearFilters}
      </button>
    </div>
  );
}

function IncidentList({ incidents }: { incidents: Incident[] }): JSX.Element {
  const say = useStore().text.value;
  const [shown, more] = useShown(incidents.length);
  return (
    <>
      <div class="alert-columns" aria-hidden="true">
        <span>{say.severity}</span>
        <span>{say.incident}</span>
        <span>{say.sinceColumn}</span>
        <span>{say.handling}</span>
      </div>
      <ul class="alert-list" onKeyDown={moveWithArrows}>
        {incidents.slice(0, shown).map((incident) => (
          <IncidentRow key={incident.id} incident={incident} />
        ))}
        {shown < incidents.length && <ShowMore more={more} />}
      </ul>
    </>
  );
}

function IncidentRow({ incident }: { incident: Incident }): JSX.Element {
  const { live, selection, lang, text } = useStore();
  const say = text.value;
  const chosen = selection.value?.kind === "incident" && selection.value.id === incident.id;
  const isOver = incident.state !== "open";
  return (
    <li class={isOver ? "is-over" : ""}>
      <button
        type="button"
        class={`alert edge-${incident.severity}`}
        data-incident={incident.id}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "incident", id: incident.id };
        }}
      >
        <SeverityMark severity={incident.severity} word={say.severities[incident.severity]} />
        <span class="alert-what">
          <span class="alert-title">{said(incident.title, lang)}</span>
          <span class="alert-line">
            <IncidentWhere incident={incident} />
            <IncidentMarks incident={incident} />
          </span>
        </span>
        <Since at={toMs(incident.opened_at) ?? live.now.value} />
        <Handling work={incident} isOver={isOver} />
      </button>
    </li>
  );
}

export function IncidentWhere({ incident }: { incident: Incident }): JSX.Element {
  const store = useStore();
  const { domain, zone } = incident;
  return (
    <span class="alert-where">
      <span class="where-item">
        <Icon name={domain} size={15} />
        {store.text.value.domains[domain]}
      </span>
      {zone && (
        <span class="where-item">
          <Icon name="pin" size={15} />
          {store.zoneName(zone)}
        </span>
      )}
      {incident.service && (
        <span class="where-item">
          <Icon name="service" size={15} />
          {store.serviceName(incident.service)}
        </span>
      )}
    </span>
  );
}

/** How many alerts it has, and that its cause is known. */
export function IncidentMarks({ incident }: { incident: Incident }): JSX.Element {
  const say = useStore().text.value;
  return (
    <span class="alert-marks">
      <span class="badge is-strong">
        <Icon name="stack" size={14} />
        {say.alertsOfIncident(incident.alerts, incident.open)}
      </span>
      {incident.cause && (
        <span class="badge">
          <Icon name="root" size={14} />
          {say.causeKnown}
        </span>
      )}
    </span>
  );
}
