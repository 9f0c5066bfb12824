import type { JSX } from "preact";
import { DOMAINS, type DomainId, SEVERITIES, type Severity } from "../contract";
import { countBySeverity } from "../model/alerts";
import { useStore } from "../store";
import { Icon } from "./Icon";

/** What of the open alerts to show, and in what order. */
export function AlertFilters(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { unacknowledged, worstFirst, zone } = store.filters.value;
  return (
    <div class="filters">
      {zone && (
        <button
          type="button"
          class="chip is-on"
          aria-label={say.removeFilter(say.zoneFilter(store.zoneName(zone)))}
          onClick={() => store.filter({ zone: null })}
        >
          {say.zoneFilter(store.zoneName(zone))}
          <Icon name="close" size={14} />
        </button>
      )}
      <SeverityFilter />
      <DomainFilter />
      <Chip on={unacknowledged} toggle={() => store.filter({ unacknowledged: !unacknowledged })}>
        {say.unacknowledgedOnly}
      </Chip>
      <Chip on={worstFirst} toggle={() => store.filter({ worstFirst: !worstFirst })}>
        {say.worstFirst}
      </Chip>
    </div>
  );
}

function SeverityFilter(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const counts = countBySeverity(store.live.alerts.value?.values() ?? []);
  const chosen = store.filters.value.severities;
  const toggle = (severity: Severity) => {
    const next = new Set(chosen);
    if (!next.delete(severity)) next.add(severity);
    store.filter({ severities: next });
  };
  return (
    <fieldset class="chips">
      <legend class="hidden">{say.filterSeverity}</legend>
      {SEVERITIES.map((severity) => (
        <button
          key={severity}
          type="button"
          class={`chip tone-${severity} ${chosen.has(severity) ? "is-on" : ""}`}
          aria-pressed={chosen.has(severity)}
          title={say.severities[severity]}
          onClick={() => toggle(severity)}
        >
          <Icon name={severity} size={15} />
          <span class="chip-word">{say.severities[severity]}</span>
          <b>{counts[severity]}</b>
        </button>
      ))}
    </fieldset>
  );
}

function DomainFilter(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const chosen = store.filters.value.domain;
  return (
    <select
      class={chosen ? "chip is-on" : "chip"}
      aria-label={say.filterDomain}
      value={chosen ?? ""}
      onChange={(event) => store.filter({ domain: (event.currentTarget.value || null) as DomainId | null })}
    >
      <option value="">{say.allDomains}</option>
      {DOMAINS.map((domain) => (
        <option key={domain} value={domain}>
          {say.domains[domain]}
        </option>
      ))}
    </select>
  );
}

function Chip(props: { on: boolean; toggle: () => void; children: string }): JSX.Element {
  return (
    <button
      type="button"
      class={props.on ? "chip is-on" : "chip"}
      aria-pressed={props.on}
      onClick={props.toggle}
    >
      {props.on && <Icon name="check" size={14} />}
      {props.children}
    </button>
  );
}
