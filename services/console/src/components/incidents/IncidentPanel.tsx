import type { JSX } from "preact";
import type { Alert, Incident } from "../../contract";
import { said } from "../../model/labels";
import { incidentAddress } from "../../model/place";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { usePolled } from "../hooks";
import { Icon, SeverityMark } from "../Icon";
import { Panel, Part } from "../Panel";
import { Actions } from "../work/Actions";
import { workOfIncident } from "../work/actions";
import { LogBook } from "../work/LogBook";
import { IncidentWhere } from "./Incidents";
import { AlertLink, Members } from "./Members";

const ASK_MS = 3000;

/** The incident of the address: what caused it, what belongs to it, what was done, and what can be. */
export function IncidentPanel({ id }: { id: string }): JSX.Element {
  const { api, live, text } = useStore();
  const polled = usePolled(id, ASK_MS, () => api.incident(id));
  const say = text.value;
  const listed = live.work.incidents.value?.get(id);
  const whole = polled.value;
  const incident = newer(listed, whole);
  if (incident) return <IncidentDetail incident={incident} whole={whole} again={polled.again} />;
  return (
    <Panel label={say.incident} head={<h2>{say.incident}</h2>}>
      <p class="muted">{polled.error === null ? say.loading : say.incidentGone}</p>
    </Panel>
  );
}

/** The stream may be ahead of the answer, and the answer of the stream. */
function newer(listed: Incident | undefined, whole: Incident | null): Incident | null {
  if (!listed || !whole) return listed ?? whole;
  return listed.number > whole.number ? listed : whole;
}

function IncidentDetail(props: {
  incident: Incident;
  whole: Incident | null;
  again: () => void;
}): JSX.Element {
  const { incident, whole, again } = props;
  const { lang, text } = useStore();
  const say = text.value;
  const title = said(incident.title, lang);
  return (
    <Panel
      label={title}
      tone={`edge-${incident.severity}`}
      head={
        <>
          <span class="panel-kind">
            <SeverityMark severity={incident.severity} word={say.severities[incident.severity]} />
            <IncidentState incident={incident} />
          </span>
          <h2>{title}</h2>
          <IncidentWhere incident={incident} />
        </>
      }
      foot={<Actions key={incident.id} work={workOfIncident(incident)} done={again} />}
    >
      <p class="incident-sum">
        <Icon name="stack" size={18} />
        <b>{say.alertsOfIncident(incident.alerts, incident.open)}</b>
        {incident.highest_severity !== incident.severity && (
          <span class="muted">{say.onceWas(say.severities[incident.highest_severity])}</span>
        )}
      </p>
      {incident.merged_into && (
        <p>
          <a class="device-link" href={incidentAddress(incident.merged_into)}>
            {say.mergedInto}
          </a>
        </p>
      )}
      {incident.cause && <RootCause alert={whole?.cause_alert ?? null} />}
      <Part title={say.itsAlerts}>
        <Members incident={incident} counts={whole?.counts?.rule ?? {}} />
      </Part>
      <Part title={say.logBook}>
        <LogBook history={whole?.history ?? null} />
      </Part>
    </Panel>
  );
}

function IncidentState({ incident }: { incident: Incident }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const since = toMs(incident.opened_at) ?? now;
  const long = span((toMs(incident.resolved_at) ?? now) - since, lang);
  return (
    <span class="muted" title={say.since(time.value.moment(since, now))}>
      {say.incidentStates[incident.state]} · {say.forSpan(long)} ({time.value.moment(since, now)})
    </span>
  );
}

/** The alert that the others stand under. */
function RootCause({ alert }: { alert: Alert | null }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  return (
    <Part title={say.rootCause}>
      {alert ? (
        <div class={`root-cause edge-${alert.severity}`}>
          <Icon name="root" size={20} />
          <div>
            <AlertLink alert={alert} />
          </div>
        </div>
      ) : (
        <p class="muted">{say.loading}</p>
      )}
    </Part>
  );
}
