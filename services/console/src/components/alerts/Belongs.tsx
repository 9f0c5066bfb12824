import type { JSX } from "preact";
import type { Alert, Suppressed } from "../../contract";
import { said } from "../../model/labels";
import { alertAddress, incidentAddress, suppressionAddress } from "../../model/place";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { AlertMarks, useHeldWords } from "./Marks";

/** What it belongs to, whether it came back, and why nobody is told of it. */
export function Belongs({ alert }: { alert: Alert }): JSX.Element | null {
  const { incident, cause, suppressed, occurrences = 1, flapping, held_until } = alert;
  const isMarked = occurrences > 1 || flapping || held_until;
  if (!incident && !cause && !suppressed && !isMarked) return null;
  return (
    <div class="belongs">
      {suppressed && <Suppression alert={alert} />}
      {incident && <IncidentLink id={incident} />}
      {cause && <CauseLink id={cause} />}
      <AlertMarks alert={{ ...alert, cause: null }} />
    </div>
  );
}

function Suppression({ alert }: { alert: Alert }): JSX.Element | null {
  const { text } = useStore();
  const words = useHeldWords();
  const { suppressed } = alert;
  if (!suppressed) return null;
  const leads = addressOf(suppressed);
  return (
    <div class="suppression">
      <Icon name="muted" size={20} />
      <p>
        <b>{text.value.nobodyTold}</b> {words(suppressed)}{" "}
        {leads && (
          <a class="device-link" href={leads}>
            {text.value.showIt}
          </a>
        )}
      </p>
    </div>
  );
}

/** What holds it: the silence, the window, or the other alert. */
function addressOf({ kind, id, by }: Suppressed): string | null {
  if (kind === "silence" || kind === "maintenance") return id && suppressionAddress(kind, id);
  const other = kind === "cause" ? id : by;
  return other && alertAddress(other);
}

function IncidentLink({ id }: { id: string }): JSX.Element {
  const { live, lang, selection, text } = useStore();
  const incident = live.work.incidents.value?.get(id);
  return (
    <a
      class="belongs-link"
      href={incidentAddress(id)}
      onClick={(event) => {
        event.preventDefault();
        selection.value = { kind: "incident", id };
      }}
    >
      <Icon name="stack" size={18} />
      <span>
        {text.value.partOf} <b>{incident ? said(incident.title, lang) : text.value.incident}</b>
        {incident && (
          <span class="muted"> · {text.value.alertsOfIncident(incident.alerts, incident.open)}</span>
        )}
      </span>
    </a>
  );
}

function CauseLink({ id }: { id: string }): JSX.Element {
  const { live, lang, text } = useStore();
  const cause = live.alerts.held.value?.get(id);
  return (
    <a class="belongs-link" href={alertAddress(id)}>
      <Icon name="under" size={18} />
      <span>
        {text.value.causedBy} <b>{cause ? said(cause.title, lang) : text.value.anotherAlert}</b>
      </span>
    </a>
  );
}
