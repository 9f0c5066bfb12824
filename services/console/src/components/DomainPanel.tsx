import type { JSX } from "preact";
import type { DomainStatus, Objective, Service } from "../contract";
import { evidenceOf, objectiveBar } from "../model/domains";
import { percent, said, sentence, words } from "../model/labels";
import { worstServices } from "../model/standing";
import { SECOND, span, toMs } from "../model/time";
import { useStore } from "../store";
import { Coverage } from "./Domains";
import { Icon, StatusMark } from "./Icon";
import { Panel, Part } from "./Panel";
import { CalendarPart } from "./status/Calendar";
import { HistoryPart } from "./status/History";
import { Whose } from "./status/parts";

/** One domain: its reason, and the services that it stands on. */
export function DomainPanel({ domain }: { domain: DomainStatus }): JSX.Element {
  const { lang, text } = useStore();
  const title = said(domain.title, lang);
  return (
    <Panel
      label={title}
      tone={`edge-${domain.status}`}
      head={
        <>
          <span class="panel-kind">
            <Icon name={domain.domain} size={22} />
            <StatusMark status={domain.status} word={text.value.statuses[domain.status]} />
            <SinceText since={toMs(domain.since)} />
          </span>
          <h2>{title}</h2>
        </>
      }
    >
      <p class="panel-reason">{sentence(said(domain.reason, lang)) || text.value.noReason}</p>
      <ShowAlerts domain={domain} />
      <Part title={text.value.services}>
        {domain.services.length === 0 && <p class="muted">{text.value.noServices}</p>}
        <ul class="services">
          {worstServices(domain.services).map((service) => (
            <ServiceRow key={service.id} service={service} />
          ))}
        </ul>
      </Part>
      <CalendarPart kind="domain" id={domain.domain} />
      <HistoryPart kind="domain" id={domain.domain} />
    </Panel>
  );
}

function ShowAlerts({ domain }: { domain: DomainStatus }): JSX.Element | null {
  const store = useStore();
  const count = evidenceOf(domain).openAlerts;
  if (count === 0) return null;
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        store.showAlerts({ domain: domain.domain });
        document.getElementById("alerts")?.scrollIntoView({ block: "nearest" });
      }}
    >
      {store.text.value.showDomainAlerts(count)}
    </button>
  );
}

function ServiceRow({ service }: { service: Service }): JSX.Element {
  const { lang, selection, text } = useStore();
  const { evidence } = service;
  const say = text.value;
  const heard =
    evidence.freshness === null ? say.neverHeard : say.freshest(span(evidence.freshness * SECOND, lang));
  return (
    <li class={`service edge-${service.status}`} data-service={service.id}>
      <div class="service-head">
        <button
          type="button"
          class="text-link"
          onClick={() => {
            selection.value = { kind: "service", id: service.id };
          }}
        >
          {said(service.name, lang) || words(service.id)}
        </button>
        <span class="panel-kind">
          <SinceText since={toMs(service.since)} />
          <StatusMark status={service.status} word={say.statuses[service.status]} />
        </span>
      </div>
      <Whose service={service} />
      <p class="service-reason">{said(service.reason, lang) || say.noServiceReason}</p>
      <div class="service-evidence">
        <span>{evidence.devices ? say.reporting(evidence.reporting, evidence.devices) : say.noDevices}</span>
        <Coverage reporting={evidence.reporting} devices={evidence.devices} />
        <span>{heard}</span>
        <span class={evidence.open_alerts ? "has-some" : ""}>{say.openAlertCount(evidence.open_alerts)}</span>
      </div>
      {service.objective && <ObjectiveBar objective={service.objective} />}
    </li>
  );
}

function SinceText({ since }: { since: number | null }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  if (since === null) return null;
  const now = live.now.value;
  return (
    <span class="muted" title={text.value.since(time.value.moment(since, now))}>
      {text.value.forSpan(span(now - since, lang))}
    </span>
  );
}

/** Attained against target; the bar begins where the interesting part does, hence the words. */
function ObjectiveBar({ objective }: { objective: Objective }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const bar = objectiveBar(objective);
  const missed = objective.attained !== null && objective.attained < objective.target;
  const attained =
    objective.attained === null ? say.notYetMeasured : say.attained(percent(objective.attained));
  return (
    <div class={missed ? "objective is-missed" : "objective"}>
      <span>
        {say.objective(percent(objective.target), objective.window)}: <b>{attained}</b>
      </span>
      <span class="objective-bar" aria-hidden="true">
        {bar.attained !== null && <span class="objective-fill" style={{ width: `${bar.attained * 100}%` }} />}
        <span class="objective-target" style={{ left: `${bar.target * 100}%` }} />
      </span>
      {objective.budget_left !== null && (
        <span class="muted">
          {objective.budget_left > 0 ? say.budgetLeft(percent(objective.budget_left)) : say.budgetSpent}
        </span>
      )}
    </div>
  );
}
