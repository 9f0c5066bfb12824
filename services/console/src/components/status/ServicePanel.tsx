import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { DomainStatus, Incident, Service } from "../../contract";
import { said, sentence, words } from "../../model/labels";
import { freshDraft } from "../../model/notes";
import { incidentAddress } from "../../model/place";
import { serviceIn, WELL } from "../../model/standing";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { usePolled } from "../hooks";
import { Icon, SeverityMark, StatusMark } from "../Icon";
import { Panel, Part } from "../Panel";
import { NoteDialog } from "../public/NoteDialog";
import { BudgetPart } from "./Budget";
import { CalendarPart } from "./Calendar";
import { Explained } from "./Explained";
import { Facts } from "./Facts";
import { HistoryPart } from "./History";
import { PartsTable } from "./PartsTable";
import { Since, Whose } from "./parts";

/** One service: what it does, why that is thought, and how it did. */
export function ServicePanel({ id }: { id: string }): JSX.Element | null {
  const { live, text } = useStore();
  const domains = live.domains.value;
  const found = serviceIn(domains, id);
  if (!domains) return null;
  if (found) return <Found service={found.service} domain={found.domain} />;
  return (
    <Panel label={id} head={<h2>{words(id)}</h2>}>
      <p>{text.value.serviceGone}</p>
    </Panel>
  );
}

function Found({ service, domain }: { service: Service; domain: DomainStatus }): JSX.Element {
  const { lang } = useStore();
  const name = said(service.name, lang) || words(service.id);
  return (
    <Panel
      label={name}
      tone={`edge-${service.status} service-panel`}
      head={<Head service={service} domain={domain} name={name} />}
    >
      <Reason service={service} />
      <Part title={useStore().text.value.evidence}>
        <Facts service={service} />
      </Part>
      <PartsTable parts={service.zones ?? []} />
      {service.objective && <BudgetPart id={service.id} objective={service.objective} />}
      <CalendarPart kind="service" id={service.id} />
      <HistoryPart kind="service" id={service.id} />
      <IncidentsPart id={service.id} />
    </Panel>
  );
}

function Head(props: { service: Service; domain: DomainStatus; name: string }): JSX.Element {
  const { service, domain, name } = props;
  const { lang, selection, text } = useStore();
  return (
    <>
      <span class="panel-kind">
        <StatusMark status={service.status} word={text.value.statuses[service.status]} />
        <Since since={service.since} />
      </span>
      <h2>{name}</h2>
      <span class="panel-kind">
        <button
          type="button"
          class="text-link"
          onClick={() => {
            selection.value = { kind: "domain", id: domain.domain };
          }}
        >
          <Icon name={domain.domain} size={16} />
          {said(domain.title, lang)}
        </button>
        <Whose service={service} whole />
      </span>
    </>
  );
}

/** The reason in words; and on demand all that was compared to come to it. */
function Reason({ service }: { service: Service }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const [asks, setAsks] = useState(false);
  return (
    <div class="reason">
      <p class="panel-reason">{sentence(said(service.reason, lang)) || say.noServiceReason}</p>
      {service.rule && service.rule !== WELL && <p class="fine">{say.decidedBy(service.rule)}</p>}
      {service.counted === false && <p class="fine">{say.notCounted}</p>}
      <div class="reason-do">
        <button type="button" class="button" aria-expanded={asks} onClick={() => setAsks(!asks)}>
          <Icon name="root" size={18} />
          {say.whyStatus}
        </button>
        <TellPublic service={service} />
      </div>
      {asks && <Explained id={service.id} status={service.status} />}
    </div>
  );
}

function TellPublic({ service }: { service: Service }): JSX.Element | null {
  const { mayOperate, text } = useStore();
  const [open, setOpen] = useState(false);
  if (!mayOperate) return null;
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Icon name="comment" size={18} />
        {text.value.tellPublic}
      </button>
      {open && <NoteDialog draft={freshDraft([service.id])} close={() => setOpen(false)} />}
    </>
  );
}

const INCIDENTS_MS = 30_000;

function IncidentsPart({ id }: { id: string }): JSX.Element {
  const { api, live, text } = useStore();
  const say = text.value;
  const polled = usePolled(`incidents ${id}`, INCIDENTS_MS, () => api.incidents({ service: id, limit: 20 }));
  const known = live.work.incidents.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks when the stream tells of an incident
  useEffect(() => polled.again(), [known]);
  return (
    <Part title={say.incidentsOf}>
      <Asked polled={polled}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">{say.noIncidentsOf}</p>
          ) : (
            <ul class="service-incidents">
              {items.map((incident) => (
                <IncidentLine key={incident.id} incident={incident} />
              ))}
            </ul>
          )
        }
      </Asked>
    </Part>
  );
}

function IncidentLine({ incident }: { incident: Incident }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const [from, to] = [toMs(incident.opened_at) ?? now, toMs(incident.resolved_at)];
  const until = to === null ? say.isOpen : time.value.moment(to, now);
  return (
    <li>
      <a class="need" href={incidentAddress(incident.id)}>
        <SeverityMark severity={incident.highest_severity} word={say.severities[incident.highest_severity]} />
        <span>{said(incident.title, lang)}</span>
        <span class="muted">
          {time.value.moment(from, now)} – {until}
        </span>
      </a>
    </li>
  );
}
