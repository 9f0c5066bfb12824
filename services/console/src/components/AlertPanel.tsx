import type { JSX } from "preact";
import type { Alert, Evidence, HistoryEntry, Lang, Text } from "../contract";
import type { Messages } from "../i18n";
import { metricOf, said, shown, words } from "../model/labels";
import { span, spanWords, toMs } from "../model/time";
import { endOf, scaleOf } from "../model/why";
import { useStore } from "../store";
import { Acknowledge } from "./Acknowledge";
import { Where } from "./Alerts";
import { Legend } from "./Chart";
import { EvidenceChart } from "./EvidenceChart";
import { useLoaded } from "./hooks";
import { Icon, SeverityMark } from "./Icon";
import { Journey } from "./Journey";
import { Panel, Part } from "./Panel";
import { Facts, RuleOf } from "./WhyFacts";

/** The alert of the address: from the list when it is there, else from the server. */
export function AlertPanel({ id }: { id: string }): JSX.Element {
  const store = useStore();
  const listed = store.live.alerts.value?.get(id);
  const loaded = useLoaded(`${id} ${listed?.state} ${listed?.severity} ${listed?.acknowledged?.at}`, () =>
    store.api.alert(id),
  );
  const whole = loaded.kind === "ready" ? loaded.value : null;
  const alert = listed ?? whole;
  if (alert)
    return (
      <AlertDetail
        alert={alert}
        history={whole?.history ?? alert.history ?? null}
        explanation={whole?.explanation ?? null}
      />
    );
  const say = store.text.value;
  return (
    <Panel label={say.alert} head={<h2>{say.alert}</h2>}>
      <p class="muted">{loaded.kind === "failed" ? say.alertGone : say.loading}</p>
    </Panel>
  );
}

function AlertDetail({
  alert,
  history,
  explanation,
}: {
  alert: Alert;
  history: HistoryEntry[] | null;
  explanation: Text | null;
}): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  return (
    <Panel
      label={said(alert.title, lang)}
      tone={`edge-${alert.severity}`}
      head={
        <>
          <span class="panel-kind">
            <SeverityMark severity={alert.severity} word={say.severities[alert.severity]} />
            <StateText alert={alert} />
          </span>
          <h2>{said(alert.title, lang)}</h2>
          <Where alert={alert} />
        </>
      }
      foot={<Acknowledge key={alert.id} alert={alert} />}
    >
      <Part title={say.why}>
        {explanation && <p class="explanation">{said(explanation, lang)}</p>}
        <Arithmetic alert={alert} />
        <EvidenceChart alert={alert} />
        <Legend alert={alert} />
        <Facts alert={alert} />
      </Part>
      <Ended alert={alert} history={history} />
      {alert.advice && (
        <Part title={say.advice}>
          <p>{said(alert.advice, lang)}</p>
        </Part>
      )}
      <Part title={say.journey}>
        <Journey alert={alert} />
      </Part>
      <Part title={say.history}>
        <History entries={history} />
      </Part>
      <RuleOf alert={alert} />
    </Panel>
  );
}

function StateText({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const since = toMs(alert.starts_at) ?? now;
  const state = alert.state === "resolved" ? say.resolved : say.firing;
  return (
    <span class="muted" title={say.since(time.value.moment(since, now))}>
      {state} · {say.forSpan(span((toMs(alert.ends_at) ?? now) - since, lang))} (
      {time.value.moment(since, now)})
    </span>
  );
}

/** The value against its threshold, in the words and units of the catalogue. */
function Arithmetic({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, text } = useStore();
  const { evidence } = alert;
  const metric = metricOf(alert, live.devices.value, live.types.value);
  const say = text.value;
  const scale = scaleOf(evidence);
  const unit = (scale === "metric" && metric?.unit) || "";
  const measured = said(metric?.title, lang) || (evidence.metric ? words(evidence.metric) : say.value);
  const name = { ...say.scales, metric: measured, share: measured }[scale];
  return (
    <dl class={typeof evidence.value === "number" ? "arithmetic" : "arithmetic is-words"}>
      <div class="is-value">
        <dt>{name}</dt>
        <dd>
          <b>{shown(evidence.value, lang)}</b> {unit}
        </dd>
      </div>
      <div>
        <dt>{text.value.threshold}</dt>
        <dd>
          <b>{shown(evidence.threshold, lang)}</b> {unit}
        </dd>
      </div>
      {evidence.window && scale !== "devices" && (
        <div class="is-window">
          <dt>{text.value.window}</dt>
          <dd>
            <b>{windowWords(evidence, say, lang)}</b>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The window as the reader's language says it, where its parts are known. */
function windowWords({ agg, over, window }: Evidence, say: Messages, lang: Lang): string {
  return agg && over
    ? say.windowShort(say.aggregates[agg] ?? agg, spanWords(over, lang))
    : spanWords(window ?? "", lang);
}

/** What ended it, for whoever comes after. */
function Ended({ alert, history }: { alert: Alert; history: HistoryEntry[] | null }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const end = endOf(alert, history);
  if (!end) return null;
  const word = end.reason ? said(end.reason, lang) : end.by ? say.endedByHand(end.by) : say.endedByItself;
  return (
    <Part title={say.ended}>
      <p class="ended">
        <Icon name="operational" size={18} />
        <span>
          <b>{word}</b>
          {end.value !== null && `, ${say.endedAtValue(shown(end.value, lang))}`}
          {end.at !== null && <span class="muted"> · {time.value.moment(end.at, live.now.value)}</span>}
        </span>
      </p>
    </Part>
  );
}

const TELLS_SEVERITY = new Set(["firing", "severity"]);

function History({ entries }: { entries: HistoryEntry[] | null }): JSX.Element {
  const { lang, live, text, time } = useStore();
  const say = text.value;
  if (!entries) return <p class="muted">{say.loading}</p>;
  if (entries.length === 0) return <p class="muted">{say.noHistory}</p>;
  return (
    <ol class="history">
      {entries.map((entry) => (
        <li key={entry.number ?? `${entry.at} ${entry.change}`}>
          <time>{time.value.moment(toMs(entry.at) ?? 0, live.now.value)}</time>
          <span>
            <b>{say.changes[entry.change] ?? words(entry.change)}</b>
            {entry.severity &&
              TELLS_SEVERITY.has(entry.change) &&
              ` · ${say.severityTo(say.severities[entry.severity])}`}
            {entry.by && ` · ${entry.by}`}
            {entry.note && <q>{entry.note}</q>}
            {entry.reason && ` · ${said(entry.reason, lang)}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
