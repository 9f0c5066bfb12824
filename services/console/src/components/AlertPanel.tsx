import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Alert, Evidence, HistoryEntry, Lang } from "../contract";
import type { Messages } from "../i18n";
import { isOpen } from "../model/alerts";
import { metricOf, said, shown, words } from "../model/labels";
import { span, spanWords, toMs } from "../model/time";
import { endOf, scaleOf } from "../model/why";
import { useStore } from "../store";
import { Where } from "./Alerts";
import { Belongs } from "./alerts/Belongs";
import { WhoHears } from "./alerts/WhoHears";
import { Legend } from "./Chart";
import { EvidenceChart } from "./EvidenceChart";
import { useLoaded } from "./hooks";
import { Icon, SeverityMark } from "./Icon";
import { Journey } from "./Journey";
import { Panel, Part } from "./Panel";
import { SilenceDialog } from "./silences/SilenceDialog";
import { Facts, RuleOf } from "./WhyFacts";
import { Actions } from "./work/Actions";
import { workOfAlert } from "./work/actions";
import { LogBook } from "./work/LogBook";

/** The alert of the address: from the list when it is there, else from the server. */
export function AlertPanel({ id }: { id: string }): JSX.Element {
  const store = useStore();
  const { alerts } = store.live;
  useEffect(() => {
    alerts.look(id);
    return () => alerts.look(null);
  }, [id, alerts]);
  const [asked, ask] = useState(0);
  const listed = alerts.get(id);
  const loaded = useWhole(`${listed?.number ?? listed?.state} ${asked}`, id);
  const alert = newer(listed, loaded.whole);
  if (alert) return <AlertDetail alert={alert} whole={loaded.whole} again={() => ask(asked + 1)} />;
  const say = store.text.value;
  return (
    <Panel label={say.alert} head={<h2>{say.alert}</h2>}>
      <p class="muted">{loaded.isGone ? say.alertGone : say.loading}</p>
    </Panel>
  );
}

/** All that the server knows of it; the answer before stays until the next one is there. */
function useWhole(key: string, id: string): { whole: Alert | null; isGone: boolean } {
  const store = useStore();
  const [whole, setWhole] = useState<Alert | null>(null);
  const loaded = useLoaded(`${id} ${key}`, () => store.api.alert(id));
  useEffect(() => {
    if (loaded.kind === "ready") setWhole(loaded.value);
  }, [loaded]);
  return { whole: loaded.kind === "ready" ? loaded.value : whole, isGone: loaded.kind === "failed" };
}

/** The stream may be ahead of the answer, and the answer of the stream. */
function newer(listed: Alert | null, whole: Alert | null): Alert | null {
  if (!listed || !whole) return listed ?? whole;
  return (whole.number ?? 0) > (listed.number ?? 0) ? whole : listed;
}

function AlertDetail(props: { alert: Alert; whole: Alert | null; again: () => void }): JSX.Element {
  const { alert, whole, again } = props;
  const { lang, text } = useStore();
  const say = text.value;
  const [silencing, setSilencing] = useState(false);
  const history = whole?.history ?? alert.history ?? null;
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
      foot={
        <Actions
          key={alert.id}
          work={workOfAlert(alert, isOpen(alert))}
          done={again}
          silence={() => setSilencing(true)}
        />
      }
    >
      <Belongs alert={alert} />
      <Part title={say.why}>
        {whole?.explanation && <p class="explanation">{said(whole.explanation, lang)}</p>}
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
      <Part title={say.logBook}>
        <LogBook history={history} notices={whole?.notifications ?? null} />
      </Part>
      <WhoHears alert={alert} />
      <Part title={say.journey}>
        <Journey alert={alert} />
      </Part>
      <RuleOf alert={alert} />
      {silencing && <SilenceDialog alert={alert} close={() => setSilencing(false)} />}
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
