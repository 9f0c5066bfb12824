import type { JSX } from "preact";
import { ProblemError } from "../../api";
import type { ComparedAlert, Rule, RuleComparison } from "../../contract";
import { alertAddress, ruleAddress } from "../../model/place";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { useLoaded } from "../hooks";
import { SeverityMark } from "../Icon";
import { Part } from "../Panel";

/** So many alerts that one of the two alone raised are named. */
const MOST_NAMED = 10;

/** What a rule in shadow mode would have changed. */
export function Comparison({ rule }: { rule: Rule }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const loaded = useLoaded(`${rule.id} ${rule.version} ${rule.alerts.firing}`, () =>
    // Without a rule to compare with there is nothing wrong; what can't be had is another matter.
    api.comparison(rule.id).catch((error: unknown) => {
      if (error instanceof ProblemError && error.status === 409) return null;
      throw error;
    }),
  );
  return (
    <Part title={say.comparisonTitle}>
      {loaded.kind === "ready" && loaded.value ? (
        <Compared compared={loaded.value} />
      ) : (
        <p class="muted">
          {say.shadowNote}{" "}
          {{ loading: say.loading, failed: say.unknownNow, ready: say.noComparison }[loaded.kind]}
        </p>
      )}
    </Part>
  );
}

function Compared({ compared }: { compared: RuleComparison }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const { fired, firing_seconds, counts } = compared;
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  const long = (seconds: number) => span(seconds * 1000, lang);
  return (
    <>
      <p>
        {say.comparisonText}{" "}
        <a class="device-link" href={ruleAddress(compared.against)}>
          {compared.against}
        </a>
      </p>
      <table class="compared">
        <thead>
          <tr>
            <td />
            <th scope="col">{say.shadowColumn}</th>
            <th scope="col">{say.liveColumn}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{say.firedTimes}</th>
            <td>{count(fired.shadow)}</td>
            <td>{count(fired.live)}</td>
          </tr>
          <tr>
            <th scope="row">{say.firedFor}</th>
            <td>{long(firing_seconds.shadow)}</td>
            <td>{long(firing_seconds.live)}</td>
          </tr>
        </tbody>
      </table>
      <dl class="arithmetic compared-counts">
        {(["both", "only_shadow", "only_live"] as const).map((part) => (
          <div key={part} data-compared={part}>
            <dt>{{ both: say.both, only_shadow: say.onlyShadow, only_live: say.onlyLive }[part]}</dt>
            <dd>
              <b>{count(counts[part])}</b>
            </dd>
          </div>
        ))}
      </dl>
      <Alone title={say.onlyShadow} alerts={compared.only_shadow} />
      <Alone title={say.onlyLive} alerts={compared.only_live} />
    </>
  );
}

function Alone({ title, alerts }: { title: string; alerts: ComparedAlert[] }): JSX.Element | null {
  const store = useStore();
  const { live, text, time } = store;
  const say = text.value;
  if (alerts.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ul class="open-alerts">
        {alerts.slice(0, MOST_NAMED).map((one) => (
          <li key={one.alert}>
            <a href={alertAddress(one.alert)}>
              <SeverityMark severity={one.severity} word={say.severities[one.severity]} />
              <span>{one.device ? store.deviceName(one.device) : store.zoneName(one.zone)}</span>
              <time class="muted">{time.value.moment(toMs(one.fired) ?? 0, live.now.value)}</time>
            </a>
          </li>
        ))}
      </ul>
      {alerts.length > MOST_NAMED && <p class="muted">{say.andMore(alerts.length - MOST_NAMED)}</p>}
    </>
  );
}
