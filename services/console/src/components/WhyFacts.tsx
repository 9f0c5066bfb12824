import type { ComponentChildren, JSX } from "preact";
import type { Alert, Evidence, Lang } from "../contract";
import type { Messages } from "../i18n";
import { percent, shown } from "../model/labels";
import { ruleAddress } from "../model/place";
import { toMs } from "../model/time";
import { useStore } from "../store";
import { useLoaded } from "./hooks";
import { Icon } from "./Icon";

interface To {
  say: Messages;
  lang: Lang;
  moment(at: string | number): string;
}

/** What the rule had to go by: its window and how full it was, what it expected, what it compared with. */
export function Facts({ alert }: { alert: Alert }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const now = live.now.value;
  const to: To = {
    say: text.value,
    lang,
    moment: (at) => time.value.moment(toMs(at) ?? now, now),
  };
  const told = FACTS.flatMap((fact) => fact(alert.evidence, to) ?? []);
  return told.length ? <FactList facts={told} /> : null;
}

export type Fact = [title: string, what: ComponentChildren];

/** Facts with their names, those without anything to say left out. */
export function FactList({ facts }: { facts: Fact[] }): JSX.Element {
  return (
    <dl class="facts fact-list">
      {facts.map(([title, what]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

const FACTS: ((evidence: Evidence, to: To) => Fact[] | null)[] = [
  ({ from, to: until, count }, { say, moment }) =>
    from === undefined || until === undefined
      ? null
      : [
          [
            say.window,
            <>
              {say.fromTo(moment(from), moment(until))}
              {count !== undefined && <span class="muted"> · {say.readingCount(count)}</span>}
            </>,
          ],
        ],
  ({ coverage }, { say }) =>
    typeof coverage === "number" ? [[say.coverageTitle, <Coverage key="coverage" share={coverage} />]] : null,
  ({ expected, low, high }, { say, lang }) => {
    if (typeof expected !== "number") return null;
    const [value, from, to] = [expected, low, high].map((one) => shown(one, lang)) as [
      string,
      string,
      string,
    ];
    return [[say.expectedTitle, typeof low === "number" ? say.expectedBand(value, from, to) : value]];
  },
  ({ score }, { say, lang }) => (score === undefined ? null : [[say.scoreTitle, shown(score, lang)]]),
  ({ neighbours }, { say }) =>
    neighbours === undefined ? null : [[say.neighboursTitle, say.otherDevices(neighbours)]],
  ({ rules }, { say }) =>
    rules?.length
      ? [
          [
            say.rulesBehind,
            <span key="rules" class="device-links">
              {rules.map((rule) => (
                <a key={rule} class="device-link" href={ruleAddress(rule)}>
                  {rule}
                </a>
              ))}
            </span>,
          ],
        ]
      : null,
  ({ values }, { say, lang }) => {
    const all = Object.entries(values ?? {});
    return all.length
      ? [[say.valuesTitle, all.map(([name, value]) => `${name} = ${shown(value, lang)}`).join(", ")]]
      : null;
  },
];

function Coverage({ share }: { share: number }): JSX.Element {
  const { text } = useStore();
  return (
    <span class="coverage">
      <span class="bar">
        <span class="bar-fill" style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      {text.value.coverageShare(percent(Math.round(share * 1000) / 1000))}
    </span>
  );
}

/** The rule behind an alert, and whether it is still the one that fired. */
export function RuleOf({ alert }: { alert: Alert }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const loaded = useLoaded(alert.rule, () => api.rule(alert.rule));
  const isOld = loaded.kind === "ready" && loaded.value.version !== alert.rule_version;
  return (
    <p class="rule-of">
      <a href={ruleAddress(alert.rule)} class="device-link" title={say.showRule}>
        {alert.rule}
      </a>
      {alert.rule_version && (
        <span class="fine">
          {say.version} <code>{alert.rule_version.slice(0, 19)}</code>
          {loaded.kind === "ready" && ` · ${isOld ? say.versionOld : say.versionInForce}`}
        </span>
      )}
      {isOld && <Icon name="degraded" size={16} />}
    </p>
  );
}
