import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { DOMAINS, type DomainId, type DomainStatus, type Service } from "../../contract";
import type { UptimeDay } from "../../contract.status";
import { percent, said, sentence, words } from "../../model/labels";
import { foundServices, troubledOf, worstServices } from "../../model/standing";
import { span, toMs } from "../../model/time";
import { turnWall, useStore } from "../../store";
import { moveWithArrows } from "../Alerts";
import { Coverage } from "../Domains";
import { ShowMore, usePolled, useShown } from "../hooks";
import { Icon, StatusMark } from "../Icon";
import { ReportLink } from "../ReportLink";
import { BarEnds, BarKey, UptimeBars } from "./Bars";
import { DAYS, useMoving, Whose } from "./parts";

const UPTIME_MS = 300_000;

interface Wanted {
  words: string;
  troubled: boolean;
}

/** The seven domains with all their services, the worst first, and how the last 90 days were. */
export function ServicesPage(): JSX.Element {
  const { live, text } = useStore();
  const [wanted, setWanted] = useState<Wanted>({ words: "", troubled: false });
  const [ninety, setNinety] = useState(false);
  const domains = live.domains.value;
  return (
    <main class="board services-board">
      <section class="card standing" id="services" tabIndex={-1} aria-label={text.value.servicesTitle}>
        <Tools wanted={wanted} want={setWanted} ninety={ninety} turn={() => setNinety(!ninety)} />
        {domains ? (
          <Sections domains={domains} wanted={wanted} ninety={ninety} />
        ) : (
          DOMAINS.map((id) => <div key={id} class="bone row" />)
        )}
      </section>
    </main>
  );
}

function Tools(props: {
  wanted: Wanted;
  want: (wanted: Wanted) => void;
  ninety: boolean;
  turn: () => void;
}): JSX.Element {
  const { wanted, want, ninety, turn } = props;
  const store = useStore();
  const say = store.text.value;
  return (
    <div class="card-head">
      <h2>{say.servicesTitle}</h2>
      <div class="standing-tools">
        <input
          class="chip"
          type="search"
          aria-label={say.findService}
          placeholder={say.findService}
          value={wanted.words}
          onInput={(event) => want({ ...wanted, words: event.currentTarget.value })}
        />
        <Toggle on={wanted.troubled} toggle={() => want({ ...wanted, troubled: !wanted.troubled })}>
          {say.troubledOnly}
        </Toggle>
        <Toggle on={ninety} toggle={turn} title={say.ninetyDaysShow}>
          {say.ninetyDays}
        </Toggle>
        <ReportLink />
        <a class="chip" href="/status" target="_blank" rel="noopener">
          <Icon name="people" size={15} />
          {say.publicPage}
        </a>
        <button type="button" class="chip" title={say.wallModeTitle} onClick={() => turnWall(store, true)}>
          <Icon name="wall" size={15} />
          {say.wallMode}
        </button>
      </div>
    </div>
  );
}

function Toggle(props: { on: boolean; toggle: () => void; title?: string; children: string }): JSX.Element {
  return (
    <button
      type="button"
      class={props.on ? "chip is-on" : "chip"}
      aria-pressed={props.on}
      title={props.title}
      onClick={props.toggle}
    >
      {props.on && <Icon name="check" size={14} />}
      {props.children}
    </button>
  );
}

function Sections(props: { domains: DomainStatus[]; wanted: Wanted; ninety: boolean }): JSX.Element {
  const { domains, wanted, ninety } = props;
  const say = useStore().text.value;
  const shown = domains.map((domain) => ({ domain, services: chosen(domain.services, wanted) }));
  const isNarrowed = wanted.troubled || wanted.words.trim() !== "";
  const none = isNarrowed && shown.every(({ services }) => services.length === 0);
  return (
    <div class="standing-list">
      {ninety && <BarKey />}
      {none && <p class="list-note muted">{say.noServiceMatches}</p>}
      {shown.map(({ domain, services }) =>
        isNarrowed && services.length === 0 ? null : (
          <DomainSection key={domain.domain} domain={domain} services={services} ninety={ninety} />
        ),
      )}
    </div>
  );
}

function chosen(services: Service[], { words: text, troubled }: Wanted): Service[] {
  const found = worstServices(foundServices(services, text));
  return troubled ? found.filter(({ status }) => status !== "operational") : found;
}

function DomainSection(props: { domain: DomainStatus; services: Service[]; ninety: boolean }): JSX.Element {
  const { domain, services, ninety } = props;
  const [shown, more] = useShown(services.length);
  return (
    <section class={`standing-domain edge-${domain.status}`} data-standing={domain.domain}>
      <DomainRow domain={domain} />
      {ninety && <Ninety id={domain.domain} />}
      <ul class="standing-services" onKeyDown={moveWithArrows}>
        {services.slice(0, shown).map((service) => (
          <ServiceLine key={service.id} service={service} />
        ))}
        {shown < services.length && <ShowMore more={more} />}
      </ul>
    </section>
  );
}

/** Status with symbol and word, since when, why; the whole line leads to the domain. */
function DomainRow({ domain }: { domain: DomainStatus }): JSX.Element {
  const { live, lang, selection, text, time } = useStore();
  const say = text.value;
  const isChosen = selection.value?.kind === "domain" && selection.value.id === domain.domain;
  const { services, troubled } = troubledOf(domain);
  const since = toMs(domain.since);
  const now = live.now.value;
  const counted = services === 0 ? say.noServices : say.allOperational(services);
  return (
    <button
      type="button"
      class={`domain-row is-${domain.status}`}
      aria-pressed={isChosen}
      onClick={() => {
        selection.value = isChosen ? null : { kind: "domain", id: domain.domain };
      }}
    >
      <span class="tile-icon">
        <Icon name={domain.domain} size={22} />
      </span>
      <span class="domain-row-name">
        <b>{said(domain.title, lang) || say.domains[domain.domain]}</b>
        <span class="muted">{troubled ? say.someTroubled(troubled, services) : counted}</span>
      </span>
      <span class="domain-row-status">
        <StatusMark status={domain.status} word={say.statuses[domain.status]} />
        {since !== null && (
          <span class="muted">{say.sinceMoment(time.value.moment(since, now), span(now - since, lang))}</span>
        )}
      </span>
      <span class="domain-row-reason">{sentence(said(domain.reason, lang)) || say.noReason}</span>
    </button>
  );
}

/** The last 90 days of a domain; a server that does not keep them leaves the row out. */
function Ninety({ id }: { id: DomainId }): JSX.Element | null {
  const { api } = useStore();
  const polled = useMoving(
    usePolled<UptimeDay[]>(`ninety ${id}`, UPTIME_MS, () => api.uptime("domain", id, DAYS)),
  );
  if (polled.error !== null && polled.value === null) return <NotTold />;
  return (
    <div class="ninety" data-ninety={id}>
      {polled.value ? <UptimeBars days={polled.value} /> : <div class="bone" />}
      <BarEnds />
    </div>
  );
}

function NotTold(): JSX.Element {
  return <p class="fine ninety">{useStore().text.value.notKept}</p>;
}

function ServiceLine({ service }: { service: Service }): JSX.Element {
  const { lang, selection, text } = useStore();
  const say = text.value;
  const { id, status, evidence, objective } = service;
  const isChosen = selection.value?.kind === "service" && selection.value.id === id;
  return (
    <li>
      <button
        type="button"
        class={`service-line edge-${status}`}
        data-service={id}
        aria-pressed={isChosen}
        onClick={() => {
          selection.value = isChosen ? null : { kind: "service", id };
        }}
      >
        <StatusMark status={status} word={say.statuses[status]} />
        <span class="service-line-name">
          <b>{said(service.name, lang) || words(id)}</b>
          <Whose service={service} />
        </span>
        <span class="service-line-reason">
          {sentence(said(service.reason, lang)) || say.noServiceReason}
          <SinceShort service={service} />
        </span>
        <span class="fact-bar fine">
          {evidence.devices ? say.reporting(evidence.reporting, evidence.devices) : say.noDevices}
          {evidence.devices > 0 && <Coverage reporting={evidence.reporting} devices={evidence.devices} />}
        </span>
        <span class="service-line-objective fine">
          {objective && (
            <>
              {objective.attained === null ? say.notYetMeasured : say.attained(percent(objective.attained))}
              <span class={isMissed(service) ? "has-some" : ""}>
                {objective.budget_left !== null &&
                  (objective.budget_left > 0
                    ? say.budgetLeft(percent(objective.budget_left))
                    : say.budgetSpent)}
              </span>
            </>
          )}
        </span>
      </button>
    </li>
  );
}

const isMissed = ({ objective }: Service): boolean =>
  objective !== null && objective.attained !== null && objective.attained < objective.target;

function SinceShort({ service }: { service: Service }): JSX.Element | null {
  const { live, lang, text } = useStore();
  const since = toMs(service.since);
  if (since === null) return null;
  return <span class="muted"> {text.value.forSpan(span(live.now.value - since, lang))}</span>;
}
