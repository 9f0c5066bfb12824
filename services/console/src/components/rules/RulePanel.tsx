import type { JSX } from "preact";
import { type Rule, SEVERITIES } from "../../contract";
import { isOpen } from "../../model/alerts";
import { said, shown } from "../../model/labels";
import { alertAddress } from "../../model/place";
import { firingOf } from "../../model/rules";
import { clearingWords, conditionWords, scheduleWords, whereWords } from "../../model/rulewords";
import { spanWords, toMs } from "../../model/time";
import { useStore } from "../../store";
import { SeverityMark } from "../Icon";
import { Panel, Part } from "../Panel";
import { type Fact, FactList } from "../WhyFacts";
import { Comparison } from "./Comparison";
import { OpenOf, RuleTitle, Shadow, sayingOf } from "./parts";

type Firing = ReadonlyMap<string, number>;

/** The rule of the address. */
export function RulePanel(props: {
  id: string;
  rules: Rule[] | null;
  failed: boolean;
  firing: Firing;
}): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const rule = props.rules?.find(({ id }) => id === props.id);
  if (rule) return <RuleDetail rule={rule} firing={firingOf(rule, props.firing)} />;
  const word = props.rules ? say.ruleGone : props.failed ? say.unknownNow : say.loading;
  return (
    <Panel label={say.rule} head={<h2>{props.id}</h2>}>
      <p class="muted">{word}</p>
    </Panel>
  );
}

function RuleDetail({ rule, firing }: { rule: Rule; firing: number }): JSX.Element {
  const store = useStore();
  const { lang, text } = store;
  const say = text.value;
  const saying = sayingOf(store, rule);
  const clears = clearingWords(rule.when, saying);
  return (
    <Panel
      label={rule.id}
      head={
        <>
          <span class="panel-kind">
            <span class="muted">
              {say.domains[rule.domain]} · {say.kinds[rule.kind] ?? rule.kind}
            </span>
            <Shadow rule={rule} />
          </span>
          <h2>
            <RuleTitle title={rule.title} />
          </h2>
          <code class="muted">{rule.id}</code>
        </>
      }
    >
      {rule.mode === "shadow" && <Comparison rule={rule} />}
      <Part title={say.condition}>
        <p class="condition">
          {rule.kind === "expr" ? <code>{String(rule.when?.expr)}</code> : conditionWords(rule.when, saying)}
        </p>
        {clears && <p class="muted">{clears}</p>}
        <Levels rule={rule} unit={saying.unit} />
      </Part>
      <Behaviour rule={rule} />
      <Part title={say.openAlerts}>
        <OpenOf firing={firing} pending={rule.alerts.pending} />
        <OpenAlerts rule={rule.id} />
      </Part>
      {rule.advice && (
        <Part title={say.advice}>
          <p>{said(rule.advice, lang)}</p>
        </Part>
      )}
      <Source rule={rule} />
    </Panel>
  );
}

function Levels({ rule, unit }: { rule: Rule; unit: string }): JSX.Element | null {
  const { lang, text } = useStore();
  const say = text.value;
  const { levels, severity } = rule;
  if (!levels) return severity && <SeverityMark severity={severity} word={say.severities[severity]} />;
  return (
    <ul class="levels" aria-label={say.levelsTitle}>
      {SEVERITIES.filter((one) => levels[one] !== undefined).map((one) => (
        <li key={one}>
          <SeverityMark severity={one} word={say.severities[one]} />
          <b>
            {shown(levels[one], lang)} {unit}
          </b>
        </li>
      ))}
    </ul>
  );
}

/** What it watches, and when. */
function Behaviour({ rule }: { rule: Rule }): JSX.Element {
  const store = useStore();
  const { lang, text } = store;
  const say = text.value;
  const type = rule.on ? store.live.types.value.get(rule.on) : undefined;
  const where = whereWords(rule, sayingOf(store, rule));
  const written = (span: string) => spanWords(span, lang);
  const facts: Fact[] = [
    ...(rule.on ? ([[say.watches, say.everyDevice(said(type?.title, lang) || rule.on)]] as Fact[]) : []),
    ...(where ? ([[say.onlyWhere, where]] as Fact[]) : []),
    [say.holdsFor, rule.for === "0s" ? say.atOnce : say.holdsForSpan(written(rule.for))],
    [
      say.keepsFiring,
      rule.keep_firing_for === "0s" ? say.endsAtOnce : say.keepsFiringSpan(written(rule.keep_firing_for)),
    ],
    [say.scheduleTitle, scheduleWords(rule, say)],
    ...(rule.lateness === "0s" ? [] : ([[say.latenessTitle, written(rule.lateness)]] as Fact[])),
  ];
  return <FactList facts={facts} />;
}

/** The open alerts that this page knows of, the newest first. */
function OpenAlerts({ rule }: { rule: string }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const open = [...(live.alerts.held.value?.values() ?? [])].filter(
    (one) => one.rule === rule && isOpen(one),
  );
  if (open.length === 0) return null;
  const started = (at: string | number) => toMs(at) ?? 0;
  return (
    <ul class="open-alerts">
      {open
        .sort((a, b) => started(b.starts_at) - started(a.starts_at))
        .slice(0, 20)
        .map((alert) => (
          <li key={alert.id}>
            <a href={alertAddress(alert.id)}>
              <SeverityMark severity={alert.severity} word={text.value.severities[alert.severity]} />
              <span>{said(alert.title, lang)}</span>
              <time class="muted">{time.value.moment(started(alert.starts_at), live.now.value)}</time>
            </a>
          </li>
        ))}
    </ul>
  );
}

function Source({ rule }: { rule: Rule }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const { file, line, pack } = rule.source;
  const place = file ? (line === null ? file : `${file}:${line}`) : "–";
  const facts: Fact[] = [
    [
      say.sourceTitle,
      <>
        <code>{place}</code> <span class="muted">{pack ? say.fromPack(pack) : say.ofCity}</span>
      </>,
    ],
    [say.version, <code key="version">{rule.version.slice(0, 19)}</code>],
    [say.evaluations, say.ofGroup(rule.group_evaluations, rule.group)],
  ];
  return <FactList facts={facts} />;
}
