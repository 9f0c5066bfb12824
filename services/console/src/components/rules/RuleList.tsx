import type { JSX } from "preact";
import { DOMAINS, type DomainId, type Rule } from "../../contract";
import type { Polled } from "../../live/poll";
import { NO_RULE_FILTERS, type RuleFilters } from "../../model/place";
import { firingOf, grouped, type RuleGroup, shownRules } from "../../model/rules";
import { conditionWords } from "../../model/rulewords";
import { spanWords } from "../../model/time";
import { useStore } from "../../store";
import { Empty, moveWithArrows } from "../Alerts";
import { Unknown } from "../data/Unknown";
import { Icon } from "../Icon";
import { OpenOf, RuleTitle, Shadow, sayingOf } from "./parts";

/** More rows than these are slow to draw and are read by nobody. */
const MOST_ROWS = 500;

type Firing = ReadonlyMap<string, number>;

export function RuleList({ polled, firing }: { polled: Polled<Rule[]>; firing: Firing }): JSX.Element {
  const { ruleFilters, text } = useStore();
  const say = text.value;
  const all = polled.value;
  const shown = all ? shownRules(all, ruleFilters.value, firing) : [];
  const count =
    shown.length === all?.length ? `${shown.length}` : say.showing(shown.length, all?.length ?? 0);
  return (
    <section class="card rules" id="rules" tabIndex={-1} aria-label={say.rulesTitle} aria-busy={!all}>
      <div class="card-head">
        <h2>
          {say.rulesTitle}
          {all && <span class="count">{count}</span>}
        </h2>
        <Filters kinds={kindsOf(all ?? [])} />
      </div>
      <Unknown polled={polled} />
      {all ? <Groups shown={shown} firing={firing} /> : polled.error === null && <div class="bone row" />}
    </section>
  );
}

const kindsOf = (rules: readonly Rule[]): string[] => [...new Set(rules.map(({ kind }) => kind))];

function Groups({ shown, firing }: { shown: Rule[]; firing: Firing }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  if (shown.length === 0) {
    const filtered = Object.values(store.ruleFilters.value).some(Boolean);
    if (!filtered) return <Empty icon="unknown" title={say.noRules} />;
    return (
      <>
        <Empty icon="unknown" title={say.noRuleMatch} />
        <p class="rules-more">
          <button type="button" class="button" onClick={() => store.filterRules(NO_RULE_FILTERS)}>
            {say.clearFilters}
          </button>
        </p>
      </>
    );
  }
  return (
    <div class="rule-list">
      {grouped(shown.slice(0, MOST_ROWS)).map((group) => (
        <Group key={`${group.domain} ${group.group}`} group={group} firing={firing} />
      ))}
      {shown.length > MOST_ROWS && <p class="rules-more muted">{say.firstRules(MOST_ROWS, shown.length)}</p>}
    </div>
  );
}

function Group({ group, firing }: { group: RuleGroup; firing: Firing }): JSX.Element {
  const { text } = useStore();
  return (
    <section class="rule-group" aria-label={`${text.value.domains[group.domain]}, ${group.group}`}>
      <h3>
        <Icon name={group.domain} size={17} />
        {text.value.domains[group.domain]}
        <Icon name="next" size={13} />
        <b>{group.group}</b>
        <span class="count">{group.rules.length}</span>
      </h3>
      <ul onKeyDown={moveWithArrows}>
        {group.rules.map((rule) => (
          <Row key={rule.id} rule={rule} open={firingOf(rule, firing)} />
        ))}
      </ul>
    </section>
  );
}

function Row({ rule, open }: { rule: Rule; open: number }): JSX.Element {
  const store = useStore();
  const { selection, lang, text } = store;
  const say = text.value;
  const chosen = selection.value?.kind === "rule" && selection.value.id === rule.id;
  const held = rule.for === "0s" ? say.atOnce : say.heldFor(spanWords(rule.for, lang));
  return (
    <li>
      <button
        type="button"
        class="rule-row"
        data-rule={rule.id}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "rule", id: rule.id };
        }}
      >
        <span class="rule-what">
          <b>
            <RuleTitle title={rule.title} />
          </b>
          <span class="muted">
            {conditionWords(rule.when, { ...sayingOf(store, rule), brief: true })} · {held}
          </span>
        </span>
        <span class="rule-kind">
          <span>{say.kinds[rule.kind] ?? rule.kind}</span>
          <Shadow rule={rule} />
        </span>
        <OpenOf firing={open} pending={rule.alerts.pending} />
      </button>
    </li>
  );
}

function Filters({ kinds }: { kinds: string[] }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { words, domain, kind, mode, firing } = store.ruleFilters.value;
  return (
    <div class="filters">
      <input
        class={words ? "chip is-on search" : "chip search"}
        type="search"
        maxLength={200}
        aria-label={say.searchRules}
        placeholder={say.searchRules}
        value={words ?? ""}
        onInput={(event) => store.filterRules({ words: event.currentTarget.value || null })}
      />
      <Choice
        label={say.filterDomain}
        all={say.allDomains}
        value={domain}
        options={DOMAINS.map((id) => [id, say.domains[id]])}
        choose={(chosen) => store.filterRules({ domain: chosen as DomainId | null })}
      />
      <Choice
        label={say.filterKind}
        all={say.allKinds}
        value={kind}
        options={kinds.map((name) => [name, say.kinds[name] ?? name])}
        choose={(chosen) => store.filterRules({ kind: chosen })}
      />
      <Choice
        label={say.filterMode}
        all={say.allModes}
        value={mode}
        options={Object.entries(say.modes)}
        choose={(chosen) => store.filterRules({ mode: chosen as RuleFilters["mode"] })}
      />
      <button
        type="button"
        class={firing ? "chip is-on" : "chip"}
        aria-pressed={firing}
        onClick={() => store.filterRules({ firing: !firing })}
      >
        {firing && <Icon name="check" size={14} />}
        {say.firesNow}
      </button>
    </div>
  );
}

function Choice(props: {
  label: string;
  all: string;
  value: string | null;
  options: [string, string][];
  choose: (value: string | null) => void;
}): JSX.Element {
  return (
    <select
      class={props.value ? "chip is-on" : "chip"}
      aria-label={props.label}
      value={props.value ?? ""}
      onChange={(event) => props.choose(event.currentTarget.value || null)}
    >
      <option value="">{props.all}</option>
      {props.options.map(([value, word]) => (
        <option key={value} value={value}>
          {word}
        </option>
      ))}
    </select>
  );
}
