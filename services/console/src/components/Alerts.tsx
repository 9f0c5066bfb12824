import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Alert } from "../contract";
import { isOpen, NO_FILTERS } from "../model/alerts";
import { said } from "../model/labels";
import { span, toMs } from "../model/time";
import { useStore } from "../store";
import { AlertFilters } from "./AlertFilters";
import { wantsStillness } from "./hooks";
import { Icon, SeverityMark } from "./Icon";

/** The open alerts, as the filters want them. */
export function Alerts(): JSX.Element {
  const { live, text, shownAlerts } = useStore();
  const say = text.value;
  const alerts = live.alerts.value;
  const open = alerts ? [...alerts.values()].filter(isOpen).length : 0;
  const shown = shownAlerts.value;
  const shownOpen = shown.filter(isOpen).length;
  return (
    <section class="card alerts" id="alerts" aria-label={say.alertsTitle} aria-busy={!alerts} tabIndex={-1}>
      <div class="card-head">
        <h2>
          {say.alertsTitle}
          {alerts && <span class="count">{shownOpen === open ? open : say.showing(shownOpen, open)}</span>}
        </h2>
        <AlertFilters />
      </div>
      {!alerts && <AlertSkeleton />}
      {alerts && shown.length === 0 && <NoAlerts open={open} />}
      {shown.length > 0 && <AlertList alerts={shown} />}
    </section>
  );
}

function AlertSkeleton(): JSX.Element {
  return (
    <div class="alert-skeleton">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="bone row" />
      ))}
    </div>
  );
}

/** Nothing to show is good news only when everything is heard. */
function NoAlerts({ open }: { open: number }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  if (open > 0) {
    return (
      <div class="empty">
        <p>{say.noMatch}</p>
        <button
          type="button"
          class="button"
          onClick={() => {
            store.filters.value = NO_FILTERS;
          }}
        >
          {say.clearFilters}
        </button>
      </div>
    );
  }
  if (store.live.isStale.value) return <Empty icon="unknown" title={say.staleQuiet} />;
  const unknown = (store.live.domains.value ?? []).filter((domain) => domain.status === "unknown");
  if (unknown.length === 0 && store.live.domains.value) {
    return <Empty icon="operational" title={say.quiet} detail={say.quietText} />;
  }
  const names = unknown.map((domain) => say.domains[domain.domain]).join(", ");
  return <Empty icon="unknown" title={say.notQuiet} detail={say.notQuietText(names)} />;
}

/** In place of a list: why there is none. */
export function Empty(props: {
  icon: "operational" | "unknown";
  title: string;
  detail?: string;
}): JSX.Element {
  return (
    <div class={`empty tone-${props.icon}`}>
      <Icon name={props.icon} size={44} />
      <p class="empty-title">{props.title}</p>
      {props.detail && <p class="muted">{props.detail}</p>}
    </div>
  );
}

function AlertList({ alerts }: { alerts: Alert[] }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const known = useRef<Set<string> | null>(null);
  const isNew = (id: string) => known.current !== null && !known.current.has(id);
  useEffect(() => {
    known.current = new Set([...(known.current ?? []), ...alerts.map((alert) => alert.id)]);
  });
  return (
    <>
      <div class="alert-columns" aria-hidden="true">
        <span>{say.severity}</span>
        <span>{say.alert}</span>
        <span>{say.sinceColumn}</span>
        <span>{say.handling}</span>
      </div>
      <ul class="alert-list" onKeyDown={moveWithArrows}>
        {alerts.map((alert) => (
          <AlertRow key={alert.id} alert={alert} isNew={isNew(alert.id)} />
        ))}
      </ul>
    </>
  );
}

/** Up and down go from row to row. */
export function moveWithArrows(event: TargetedKeyboardEvent<HTMLUListElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button")];
  const next =
    rows[rows.indexOf(document.activeElement as HTMLButtonElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function AlertRow({ alert, isNew }: { alert: Alert; isNew: boolean }): JSX.Element {
  const { selection, lang, text } = useStore();
  const ref = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as the row comes in
  useEffect(() => {
    if (isNew && !wantsStillness()) ref.current?.animate(COMES_IN, { duration: 900, easing: "ease-out" });
  }, []);
  const chosen = selection.value?.kind === "alert" && selection.value.id === alert.id;
  return (
    <li ref={ref} class={isOpen(alert) ? "" : "is-over"}>
      <button
        type="button"
        class={`alert edge-${alert.severity}`}
        data-alert={alert.id}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "alert", id: alert.id };
        }}
      >
        <SeverityMark severity={alert.severity} word={text.value.severities[alert.severity]} />
        <span class="alert-what">
          <span class="alert-title">{said(alert.title, lang)}</span>
          <Where alert={alert} />
        </span>
        <AlertSince alert={alert} />
        <Handling alert={alert} />
      </button>
    </li>
  );
}

const COMES_IN: Keyframe[] = [
  { opacity: 0, transform: "translateY(-8px)", backgroundColor: "var(--attention)" },
  { opacity: 1, transform: "none", backgroundColor: "var(--attention)", offset: 0.4 },
  { backgroundColor: "transparent" },
];

/** The zone and the device, or the whole zone. */
export function Where({ alert }: { alert: Alert }): JSX.Element {
  const store = useStore();
  return (
    <span class="alert-where">
      <span class="where-item">
        <Icon name={alert.domain} size={15} />
        {store.text.value.domains[alert.domain]}
      </span>
      <span class="where-item">
        <Icon name="pin" size={15} />
        {store.zoneName(alert.zone)}
      </span>
      <span class="where-item">
        <Icon name="sensor" size={15} />
        {alert.device ?? store.text.value.wholeZone}
      </span>
    </span>
  );
}

function AlertSince({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const since = toMs(alert.starts_at) ?? live.now.value;
  const now = live.now.value;
  return (
    <span class="alert-since">
      <b>{text.value.ago(span(now - since, lang))}</b>
      <span>{time.value.moment(since, now)}</span>
    </span>
  );
}

function Handling({ alert }: { alert: Alert }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (!isOpen(alert)) {
    return (
      <span class="handling is-resolved">
        <Icon name="check" size={16} />
        {say.resolved}
      </span>
    );
  }
  if (!alert.acknowledged) return <span class="handling is-waiting">{say.unacknowledged}</span>;
  return (
    <span class="handling is-acknowledged" title={say.acknowledgedBy(alert.acknowledged.by)}>
      <Icon name="check" size={16} />
      <span class="handling-name">{alert.acknowledged.by}</span>
    </span>
  );
}
