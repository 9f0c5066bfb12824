import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Maintenance, Silence } from "../../contract";
import { said } from "../../model/labels";
import { recurs } from "../../model/recurrence";
import { spanWords, toMs } from "../../model/time";
import { useStore } from "../../store";
import { moveWithArrows } from "../Alerts";
import { Icon } from "../Icon";
import { useHindrance } from "../work/actions";
import { MaintenanceDialog } from "./MaintenanceDialog";
import { useMatcherWords } from "./matchers";
import { Timeline } from "./Timeline";

/** The windows of planned work, drawn over the next two weeks and one by one. */
export function MaintenanceCard(props: {
  windows: Maintenance[] | null;
  silences: Silence[];
  note: JSX.Element;
  again: () => void;
}): JSX.Element {
  const { selection, text } = useStore();
  const say = text.value;
  const [adding, setAdding] = useState(false);
  const hindrance = useHindrance();
  const { windows } = props;
  return (
    <section class="card maintenance" aria-label={say.maintenanceTitle}>
      <div class="card-head">
        <h2>
          {say.maintenanceTitle}
          {windows && windows.length > 0 && <span class="count">{windows.length}</span>}
        </h2>
        <button
          type="button"
          class="button"
          disabled={hindrance !== null}
          title={hindrance ?? undefined}
          onClick={() => setAdding(true)}
        >
          <Icon name="plus" size={17} />
          {say.newMaintenance}
        </button>
      </div>
      {props.note}
      {windows ? (
        <div class="maintenance-body">
          <Timeline windows={windows} silences={props.silences} />
          {windows.length === 0 && <p class="muted">{say.noMaintenance}</p>}
          <ul class="window-list" onKeyDown={moveWithArrows}>
            {windows.map((window) => (
              <WindowRow key={window.id} window={window} />
            ))}
          </ul>
        </div>
      ) : (
        <div class="bone row" />
      )}
      {adding && (
        <MaintenanceDialog
          close={() => setAdding(false)}
          saved={({ id }) => {
            props.again();
            selection.value = { kind: "maintenance", id };
          }}
        />
      )}
    </section>
  );
}

/** When a window comes, in words. */
export function useScheduleWords(): (window: Maintenance) => string {
  const { lang, text } = useStore();
  const say = text.value;
  return ({ schedule }) => {
    const long = spanWords(schedule.duration, lang);
    const at = schedule.start.slice(11, 16);
    const how = recurs(schedule.rrule);
    if (how.kind === "daily") return say.everyDay(at, long);
    if (how.kind === "weekly")
      return say.everyWeek(how.days.map((day) => say.weekdays[day]).join(", "), at, long);
    if (how.kind === "monthly") return say.everyMonth(how.day, at, long);
    return how.kind === "other" ? say.byRule(how.rrule, at, long) : say.onceFor(long);
  };
}

function WindowRow({ window }: { window: Maintenance }): JSX.Element {
  const { live, lang, selection, text, time } = useStore();
  const say = text.value;
  const words = useMatcherWords();
  const schedule = useScheduleWords();
  const now = live.now.value;
  const chosen = selection.value?.kind === "maintenance" && selection.value.id === window.id;
  const next = window.next[0];
  const at = toMs(window.active ? next?.end : next?.start);
  return (
    <li>
      <button
        type="button"
        class={`silence-row ${window.active ? "is-active" : ""}`}
        data-maintenance={window.id}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "maintenance", id: window.id };
        }}
      >
        <Icon name="maintenance" />
        <span class="rule-what">
          <b>{said(window.title, lang)}</b>
          <span class="muted">
            {words(window.matcher)} · {schedule(window)}
          </span>
        </span>
        <span class="silence-holds">{window.active && say.underWay}</span>
        <span class="alert-since">
          <b>{at === null ? say.isOver : time.value.moment(at, now)}</b>
          <span>{at !== null && (window.active ? say.itsEnd : say.nextTime)}</span>
        </span>
      </button>
    </li>
  );
}
