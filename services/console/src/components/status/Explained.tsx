import type { JSX } from "preact";
import type { Status } from "../../contract";
import type { ComparisonPart, ConditionPart, Explained as Document, RulePart } from "../../contract.status";
import { isJoined, isPassedOver, lookedAt, measured, ruleShelves } from "../../model/explained";
import { said } from "../../model/labels";
import { spanWords, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { usePolled } from "../hooks";
import { Icon, StatusMark } from "../Icon";
import { useMoving } from "./parts";

const ASK_MS = 10_000;

/** How a service came by its status: every rule, what it compared, and what it found. */
export function Explained({ id, status }: { id: string; status: Status }): JSX.Element {
  const { api, text } = useStore();
  const polled = useMoving(usePolled(`explain ${id} ${status}`, ASK_MS, () => api.explain(id)));
  return (
    <section class="explained" aria-label={text.value.explainTitle}>
      <h4>{text.value.explainTitle}</h4>
      <Asked polled={polled}>{(told) => <Whole told={told} />}</Asked>
    </section>
  );
}

function Whole({ told }: { told: Document }): JSX.Element {
  const store = useStore();
  const { text } = store;
  const zones = (told.zones ?? []).filter(({ rules }) => rules?.length > 0);
  return (
    <>
      <Rules told={told} />
      {zones.length > 1 && (
        <details class="explained-zones">
          <summary>{text.value.byZone}</summary>
          {zones.map((zone) => (
            <details key={zone.zone} class="explained-zone">
              <summary>
                <StatusMark status={zone.status} word={text.value.statuses[zone.status]} />{" "}
                {store.zoneName(zone.zone ?? null)}
              </summary>
              <Rules told={zone} />
            </details>
          ))}
        </details>
      )}
    </>
  );
}

function Rules({ told }: { told: Document }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const { telling, silent } = ruleShelves(told.rules);
  const due = toMs(told.due);
  return (
    <div class="explained-rules">
      <p class="fine">
        {say.explainTop} {say.explainSet(told.set)}.{" "}
        {due !== null && say.explainDue(time.value.moment(due, live.now.value))}
      </p>
      {!told.rules.some(({ decided }) => decided) && (
        <p class="mark tone-operational">
          <Icon name="operational" size={16} />
          <span>{say.explainWell}</span>
        </p>
      )}
      <ol>
        {telling.map((rule) => (
          <RuleLine key={rule.id} rule={rule} passed={isPassedOver(told.rules, rule)} />
        ))}
      </ol>
      {silent.length > 0 && (
        <details>
          <summary class="fine">{say.explainOthers(silent.length)}</summary>
          <ol>
            {silent.map((rule) => (
              <RuleLine key={rule.id} rule={rule} passed={isPassedOver(told.rules, rule)} />
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}

function RuleLine({ rule, passed }: { rule: RulePart; passed: boolean }): JSX.Element {
  const say = useStore().text.value;
  const word = rule.decided ? say.explainDecides : (say.ruleOutcomes[rule.state] ?? rule.state);
  return (
    <li
      class={`explained-rule is-${rule.state} ${rule.decided ? "is-decided" : ""} ${passed ? "is-passed" : ""}`}
      data-status-rule={rule.id}
    >
      <div class="panel-kind">
        <b>
          {rule.decided && <Icon name="check" size={15} />} {word}
        </b>
        <code>{rule.id}</code>
        <StatusMark status={rule.status} word={say.statuses[rule.status]} />
        <Spans rule={rule} />
      </div>
      {passed && rule.state !== "off" && <p class="fine">{say.explainNotReached}</p>}
      <ul class="conditions">
        <Condition part={rule.when} />
        {rule.unless && <Condition part={rule.unless} lead={say.explainUnless} />}
      </ul>
    </li>
  );
}

function Spans({ rule }: { rule: RulePart }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const [since, until] = [toMs(rule.since), toMs(rule.until)];
  const told = [
    since === null ? null : say.explainSince(time.value.moment(since, now)),
    until === null ? null : say.explainUntil(time.value.moment(until, now)),
    rule.wait === "0s" ? null : say.explainWait(spanWords(rule.wait, lang)),
    rule.keep === "0s" ? null : say.explainKeep(spanWords(rule.keep, lang)),
    rule.counted ? null : say.notCounted,
  ];
  return <span class="muted">{told.filter((part) => part !== null).join(" · ")}</span>;
}

function Condition({ part, lead }: { part: ConditionPart; lead?: string }): JSX.Element {
  const say = useStore().text.value;
  if (!isJoined(part)) return <Comparison part={part} lead={lead} />;
  return (
    <li class={part.holds ? "condition is-true" : "condition"}>
      <Truth holds={part.holds} />
      {lead && <i>{lead} </i>}
      {say.joins[part.join] ?? part.join}
      <ul class="conditions">
        {part.parts.map((one, i) => (
          <Condition key={i} part={one} />
        ))}
      </ul>
    </li>
  );
}

function Comparison(props: { part: ComparisonPart; lead: string | undefined }): JSX.Element {
  const { part, lead } = props;
  const { lang, text } = useStore();
  const say = text.value;
  const words = { ...say, yes: say.holdsTrue, no: say.holdsNot, days: say.wholeDays };
  const named = (of: string) =>
    (say.severities as Record<string, string>)[of] ?? (say.statuses as Record<string, string>)[of] ?? of;
  const write = (value: number | boolean | null) => measured(value, part.unit, lang, words);
  return (
    <li class={part.holds ? "condition is-true" : "condition"} data-measure={part.measure}>
      <Truth holds={part.holds} />
      {lead && <i>{lead} </i>}
      {lookedAt(part, said(part.title, lang) || part.measure, named)}: <b>{write(part.value)}</b>{" "}
      <span class="muted">
        ({say.comparisons[part.op] ?? part.op} {write(part.limit)}
        {part.latched && part.clear !== null && `; ${say.explainLatched(write(part.clear))}`})
      </span>
    </li>
  );
}

function Truth({ holds }: { holds: boolean }): JSX.Element {
  const say = useStore().text.value;
  return (
    <span class="truth">
      <Icon name={holds ? "check" : "close"} size={14} />
      <span class="hidden">{holds ? say.holdsTrue : say.holdsNot}</span>
    </span>
  );
}
