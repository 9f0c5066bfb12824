import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert } from "../contract";
import { MOST_HELD } from "../live/alerts";
import { isOpen, NO_FILTERS } from "../model/alerts";
import { said } from "../model/labels";
import { picked } from "../model/picking";
import { span, toMs } from "../model/time";
import { useStore } from "../store";
import { AlertMarks, HeldBack } from "./alerts/Marks";
import { Together } from "./alerts/Together";
import { ShowMore, useShown, wantsStillness } from "./hooks";
import { Icon, SeverityMark } from "./Icon";

/** The open alerts, as the filters want them. */
export function Alerts(): JSX.Element {
  const { live, filters, text, shownAlerts } = useStore();
  const counts = live.alerts.counts.value;
  const shown = shownAlerts.value;
  if (!counts) return <AlertSkeleton />;
  const all = filters.value.suppressed ? counts.suppressed : counts.open;
  return (
    <>
      {filters.value.suppressed && <p class="list-note">{text.value.suppressedNote}</p>}
      {shown.length === 0 ? <NoAlerts open={all} /> : <AlertList alerts={shown} />}
    </>
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
  const store = useStore();
  const say = store.text.value;
  const isNew = useNews(alerts);
  const [shown, more] = useShown(alerts.length);
  const { chosen, choose, clear } = usePicking(alerts);
  const rows = alerts.slice(0, shown);
  return (
    <>
      {chosen.size > 0 && (
        <Together
          ids={[...chosen]}
          all={alerts.filter(isOpen).map(({ id }) => id)}
          choose={choose}
          clear={clear}
        />
      )}
      <div class={store.mayOperate ? "alert-columns can-pick" : "alert-columns"} aria-hidden="true">
        <span>{say.severity}</span>
        <span>{say.alert}</span>
        <span>{say.sinceColumn}</span>
        <span>{say.handling}</span>
      </div>
      <ul class="alert-list" onKeyDown={moveWithArrows}>
        {rows.map((alert) => (
          <AlertRow
            key={alert.id}
            alert={alert}
            isNew={isNew(alert.id)}
            isPicked={chosen.has(alert.id)}
            pick={store.mayOperate ? choose : null}
          />
        ))}
        {shown < alerts.length && <ShowMore more={more} />}
        {shown >= alerts.length && <OnlyTheFirst />}
      </ul>
    </>
  );
}

/** What came in since the list was there. */
function useNews(alerts: Alert[]): (id: string) => boolean {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    known.current = new Set(alerts.map((alert) => alert.id));
  });
  return (id) => known.current !== null && known.current.size < MOST_HELD && !known.current.has(id);
}

type Choose = (id: string | readonly string[], isRange?: boolean) => void;

/** Which rows are picked to be handled together; what is over drops out. */
function usePicking(alerts: Alert[]): { chosen: ReadonlySet<string>; choose: Choose; clear: () => void } {
  const [all, setAll] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const open = alerts.filter(isOpen).map(({ id }) => id);
  const chosen = all.size ? new Set(open.filter((id) => all.has(id))) : all;
  const choose: Choose = (id, isRange = false) => {
    if (typeof id !== "string") return setAll(new Set(id));
    setAll(picked(chosen, open, id, isRange ? last.current : null));
    last.current = id;
  };
  return { chosen, choose, clear: () => setAll(new Set()) };
}

/** Of a storm only the first are here; how many there are, the counts say. */
function OnlyTheFirst(): JSX.Element | null {
  const { live, text } = useStore();
  if (live.alerts.isWhole.value) return null;
  return (
    <li class="list-more">
      <p class="muted">{text.value.onlyTheFirst(MOST_HELD)}</p>
      <a class="button" href="#incidents">
        {text.value.toIncidents}
      </a>
    </li>
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

function AlertRow(props: {
  alert: Alert;
  isNew: boolean;
  isPicked: boolean;
  pick: Choose | null;
}): JSX.Element {
  const { alert, isNew, isPicked, pick } = props;
  const { selection, lang, text } = useStore();
  const ref = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as the row comes in
  useEffect(() => {
    if (isNew && !wantsStillness()) ref.current?.animate(COMES_IN, { duration: 900, easing: "ease-out" });
  }, []);
  const chosen = selection.value?.kind === "alert" && selection.value.id === alert.id;
  const title = said(alert.title, lang);
  return (
    <li ref={ref} class={`${isOpen(alert) ? "" : "is-over"} ${pick ? "can-pick" : ""}`}>
      {pick && isOpen(alert) && (
        <input
          type="checkbox"
          class="pick"
          tabIndex={-1}
          checked={isPicked}
          aria-label={text.value.pickAlert(title)}
          onClick={(event) => pick(alert.id, event.shiftKey)}
        />
      )}
      <button
        type="button"
        class={`alert edge-${alert.severity}`}
        data-alert={alert.id}
        aria-pressed={chosen}
        aria-keyshortcuts="x"
        onKeyDown={(event) => {
          if (event.key.toLowerCase() === "x" && pick && isOpen(alert)) pick(alert.id, event.shiftKey);
        }}
        onClick={() => {
          selection.value = chosen ? null : { kind: "alert", id: alert.id };
        }}
      >
        <SeverityMark severity={alert.severity} word={text.value.severities[alert.severity]} />
        <span class="alert-what">
          <span class="alert-title">{title}</span>
          <span class="alert-line">
            <Where alert={alert} />
            <AlertMarks alert={alert} />
          </span>
          {alert.suppressed && <HeldBack suppressed={alert.suppressed} />}
        </span>
        <AlertSince alert={alert} />
        <Handling work={alert} isOver={!isOpen(alert)} />
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
  const say = store.text.value;
  return (
    <span class="alert-where">
      <span class="where-item">
        <Icon name={alert.domain} size={15} />
        {say.domains[alert.domain]}
      </span>
      {alert.zone ? (
        <>
          <span class="where-item">
            <Icon name="pin" size={15} />
            {store.zoneName(alert.zone)}
          </span>
          <span class="where-item">
            <Icon name="sensor" size={15} />
            {alert.device ?? say.wholeZone}
          </span>
        </>
      ) : (
        <span class="where-item">
          <Icon name="system" size={15} />
          {say.nakhonItself}
        </span>
      )}
    </span>
  );
}

function AlertSince({ alert }: { alert: Alert }): JSX.Element {
  const { live } = useStore();
  return <Since at={toMs(alert.starts_at) ?? live.now.value} />;
}

/** How long ago, and when. */
export function Since({ at }: { at: number }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const now = live.now.value;
  return (
    <span class="alert-since">
      <b>{text.value.ago(span(now - at, lang))}</b>
      <span>{time.value.moment(at, now)}</span>
    </span>
  );
}

interface Handled {
  acknowledged: Alert["acknowledged"];
  assigned_to?: string | null;
}

/** Who has seen it, and whose it is. */
export function Handling({ work, isOver }: { work: Handled; isOver: boolean }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (isOver) {
    return (
      <span class="handling is-resolved">
        <Icon name="check" size={16} />
        {say.resolved}
      </span>
    );
  }
  const { acknowledged, assigned_to: whose } = work;
  return (
    <span class="handling">
      {acknowledged ? (
        <span class="is-acknowledged" title={say.acknowledgedBy(acknowledged.by)}>
          <Icon name="check" size={16} />
          <span class="handling-name">{acknowledged.by}</span>
        </span>
      ) : (
        <span class="is-waiting">{say.unacknowledged}</span>
      )}
      {whose && (
        <span class="is-acknowledged" title={say.assignedTo(whose)}>
          <Icon name="user" size={16} />
          <span class="handling-name">{whose}</span>
        </span>
      )}
    </span>
  );
}
