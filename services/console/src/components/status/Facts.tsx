import type { ComponentChildren, JSX } from "preact";
import { type DataEvidence, type ProbeItem, SEVERITIES, type Service } from "../../contract";
import { bandText, valueText } from "../../model/kpis";
import { percent, said, shown, words } from "../../model/labels";
import { kpiAddress, standingAddress, suppressionAddress } from "../../model/place";
import { SECOND, span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Coverage } from "../Domains";
import { Icon, SeverityMark, StatusMark } from "../Icon";

interface Of {
  service: Service;
}

/** What a service's status stands on, line by line; what it has nothing of is left out. */
export function Facts({ service }: Of): JSX.Element {
  return (
    <dl class="facts">
      <Devices service={service} />
      <Freshness service={service} />
      <Alerts service={service} />
      <Probes service={service} />
      <Quality service={service} />
      <Needs service={service} />
      <Kpis service={service} />
      <Work service={service} />
      <Hours service={service} />
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  const say = useStore().text.value;
  return (
    <div class="fact" data-fact={name}>
      <dt>{say.facts[name]}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Devices({ service }: Of): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  const { devices, reporting, silent = 0, awaited = 0 } = service.evidence;
  if (!devices) return null;
  const counted = (n: number) => shownCount(n, lang);
  return (
    <Fact name="devices">
      <span class={`edge-${service.status} fact-bar`}>
        {say.reportingOf(counted(reporting), counted(devices))}
        <Coverage reporting={reporting} devices={devices} />
      </span>
      {silent > 0 && <span class="has-some">{say.silentCount(silent)}</span>}
      {awaited > 0 && <span>{say.awaitedCount(awaited)}</span>}
    </Fact>
  );
}

const shownCount = (n: number, lang: string): string => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");

/** The age of the newest reading against how often one is expected, on a bar of three such spans. */
function Freshness({ service }: Of): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  const { freshness, interval, devices } = service.evidence;
  if (!devices) return null;
  if (freshness === null) return <Fact name="freshness">{say.neverHeard}</Fact>;
  const age = span(freshness * SECOND, lang);
  if (!interval) return <Fact name="freshness">{say.freshest(age)}</Fact>;
  return (
    <Fact name="freshness">
      <span class={`fact-bar ${freshness > interval ? "edge-degraded" : "edge-operational"}`}>
        {say.newestAgo(age, span(interval * SECOND, lang))}
        <Coverage reporting={Math.min(3, freshness / interval)} devices={3} />
      </span>
      {freshness > interval && (
        <span class="has-some">{say.intervals(shown(freshness / interval, lang))}</span>
      )}
    </Fact>
  );
}

function Alerts({ service }: Of): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { open_alerts: open, alerts } = service.evidence;
  const show = (severities: (typeof SEVERITIES)[number][]) =>
    store.showAlerts({ service: service.id, severities: new Set(severities) });
  if (!open) return <Fact name="alerts">{say.noOpenAlerts}</Fact>;
  if (!alerts)
    return (
      <Fact name="alerts">
        <button type="button" class="chip" onClick={() => show([])}>
          <b>{shownCount(open, store.lang)}</b>
        </button>
      </Fact>
    );
  return (
    <Fact name="alerts">
      {SEVERITIES.filter((severity) => alerts[severity] > 0).map((severity) => (
        <button
          key={severity}
          type="button"
          class={`chip tone-${severity}`}
          data-alerts={severity}
          aria-label={say.showThese(say.severities[severity], alerts[severity])}
          onClick={() => show([severity])}
        >
          <SeverityMark severity={severity} word={say.severities[severity]} />
          <b>{shownCount(alerts[severity], store.lang)}</b>
        </button>
      ))}
    </Fact>
  );
}

function Probes({ service }: Of): JSX.Element | null {
  const probe = service.evidence.probe;
  const items = probe?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Fact name="probes">
      <ul class="probes">
        {items.map((item) => (
          <Probe key={`${item.id} ${item.zone ?? ""}`} probe={item} />
        ))}
      </ul>
    </Fact>
  );
}

function Probe({ probe }: { probe: ProbeItem }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const { id, up, latency, code, certificate_days: days, error } = probe;
  const [status, word] = stateOfProbe(up, say);
  const at = toMs(probe.at);
  const told = [
    typeof latency === "number" ? say.milliseconds(shown(latency, lang)) : null,
    code === null || code === undefined ? null : say.probeCode(String(code)),
    typeof days === "number" ? say.certificateDays(Math.floor(days)) : null,
  ].filter((part) => part !== null);
  const isShort = typeof days === "number" && days < 14;
  const why = typeof error === "string" ? error : said(error, lang);
  return (
    <li data-probe={id}>
      <span class="panel-kind">
        <StatusMark status={status} word={word} />
        <b>{id}</b>
        <span class={isShort ? "has-some" : "muted"}>{told.join(" · ")}</span>
        {at !== null && <time class="muted">{time.value.moment(at, live.now.value)}</time>}
      </span>
      {why && up !== true && <code class="log-error">{why}</code>}
    </li>
  );
}

function stateOfProbe(
  up: boolean | null,
  say: { probeUp: string; probeDown: string; probeUnknown: string },
): ["operational" | "outage" | "unknown", string] {
  if (up === null) return ["unknown", say.probeUnknown];
  return up ? ["operational", say.probeUp] : ["outage", say.probeDown];
}

const FAULTS = ["stuck", "clock", "gaps", "refused"] as const;

function Quality({ service }: Of): JSX.Element | null {
  const { text } = useStore();
  const say = text.value;
  const quality: DataEvidence | null | undefined = service.evidence.quality;
  if (!quality) return null;
  const found = FAULTS.filter((fault) => (quality[fault] ?? 0) > 0);
  return (
    <Fact name="quality">
      {typeof quality.completeness === "number" && (
        <span>{say.completeShare(percent(quality.completeness))}</span>
      )}
      {found.map((fault) => (
        <span key={fault} class="has-some">
          {say.devicesWith(quality[fault], say.faults[fault] ?? fault)}
        </span>
      ))}
      {found.length === 0 && <span>{say.qualityGood}</span>}
    </Fact>
  );
}

function Needs({ service }: Of): JSX.Element | null {
  const { lang, text } = useStore();
  const needs = service.evidence.needs ?? [];
  if (needs.length === 0) return null;
  return (
    <Fact name="needs">
      {needs.map(({ id, name, status }) => (
        <a key={id} class="need" href={standingAddress("service", id)}>
          <StatusMark status={status} word={text.value.statuses[status]} />
          {said(name, lang) || words(id)}
        </a>
      ))}
    </Fact>
  );
}

function Kpis({ service }: Of): JSX.Element | null {
  const { lang, text } = useStore();
  const kpis = service.evidence.kpis ?? [];
  if (kpis.length === 0) return null;
  return (
    <Fact name="kpis">
      {kpis.map(({ id, title, value, unit, low, high }) => (
        <a key={id} class="need" href={kpiAddress(id)}>
          {said(title, lang)}:{" "}
          {text.value.inBand(valueText(value, unit, lang), bandText([low, high], unit, lang))}
        </a>
      ))}
    </Fact>
  );
}

function Work({ service }: Of): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const work = service.evidence.maintenance;
  if (!work) return null;
  const until = toMs(work.until);
  const title = said(work.title, lang);
  return (
    <Fact name="maintenance">
      <a class="need" href={suppressionAddress("maintenance", work.id)}>
        <Icon name="maintenance" size={16} />
        {until === null
          ? text.value.workOpen(title)
          : text.value.workUntil(title, time.value.moment(until, live.now.value))}
      </a>
    </Fact>
  );
}

/** Said only while it is closed: a service that keeps no hours is always open. */
function Hours({ service }: Of): JSX.Element | null {
  const { live, text, time } = useStore();
  const closed = service.evidence.closed_until;
  if (closed === null || closed === undefined) return null;
  const until = toMs(closed);
  return (
    <Fact name="hours">
      {until ? text.value.closedUntil(time.value.moment(until, live.now.value)) : text.value.closedLong}
    </Fact>
  );
}
