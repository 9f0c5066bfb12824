import type { ComponentChildren, JSX } from "preact";
import { DOMAINS, type DomainId, SEVERITIES, type Severity } from "../contract";
import { useStore } from "../store";
import { Icon } from "./Icon";

/** What of the open alerts or incidents to show, and in what order. */
export function AlertFilters(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { unacknowledged, mine, worstFirst } = store.filters.value;
  return (
    <div class="filters">
      <Suppressed />
      <PlaceChip which="zone" />
      <PlaceChip which="service" />
      <SeverityFilter />
      <DomainFilter />
      <Chip on={unacknowledged} toggle={() => store.filter({ unacknowledged: !unacknowledged })}>
        {say.unacknowledgedOnly}
      </Chip>
      <Chip on={mine} toggle={() => store.filter({ mine: !mine })}>
        {say.mineOnly}
      </Chip>
      <Chip on={worstFirst} toggle={() => store.filter({ worstFirst: !worstFirst })}>
        {say.worstFirst}
      </Chip>
    </div>
  );
}

/** What is suppressed is never out of sight: its number stands here, and leads to it. */
function Suppressed(): JSX.Element | null {
  const store = useStore();
  const { suppressed } = store.filters.value;
  const count = store.live.alerts.counts.value?.suppressed ?? 0;
  if (count === 0 && !suppressed) return null;
  return (
    <Chip
      on={suppressed}
      name="suppressed"
      toggle={() => {
        store.filter({ suppressed: !suppressed });
        store.list.value = "alerts";
      }}
    >
      {!suppressed && <Icon name="muted" size={15} />}
      {store.text.value.suppressedCount(count)}
    </Chip>
  );
}

/** The one zone or service that the list is limited to, to be taken away again. */
function PlaceChip({ which }: { which: "zone" | "service" }): JSX.Element | null {
  const store = useStore();
  const say = store.text.value;
  const id = store.filters.value[which];
  if (!id) return null;
  const name =
    which === "zone" ? say.zoneFilter(store.zoneName(id)) : say.serviceFilter(store.serviceName(id));
  return (
    <button
      type="button"
      class="chip is-on"
      aria-label={say.removeFilter(name)}
      onClick={() => store.filter({ [which]: null })}
    >
      {name}
      <Icon name="close" size={14} />
    </button>
  );
}

/** How many there are of each severity: incidents in their list, else alerts. */
function useCounts(): Record<Severity, number> {
  const { live, list } = useStore();
  const none = { critical: 0, major: 0, minor: 0, warning: 0 };
  if (list.value === "alerts") return live.alerts.counts.value?.severities ?? none;
  for (const { state, severity } of live.work.incidents.value?.values() ?? [])
    if (state === "open") none[severity] += 1;
  return none;
}

function SeverityFilter(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const counts = useCounts();
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
          <b>{counts[severity].toLocaleString(store.lang === "th" ? "th-TH" : "en-GB")}</b>
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

function Chip(props: {
  on: boolean;
  toggle: () => void;
  children: ComponentChildren;
  name?: string;
}): JSX.Element {
  return (
    <button
      type="button"
      class={`chip ${props.on ? "is-on" : ""} ${props.name ? `chip-${props.name}` : ""}`}
      aria-pressed={props.on}
      onClick={props.toggle}
    >
      {props.on && <Icon name="check" size={14} />}
      {props.children}
    </button>
  );
}
