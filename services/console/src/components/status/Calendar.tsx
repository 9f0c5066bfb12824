import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { STATUSES } from "../../contract";
import type { SubjectKind, UptimeDay } from "../../contract.status";
import { percent } from "../../model/labels";
import { SECOND, span } from "../../model/time";
import { type Bar, barsOf, dayBounds, weeksOf } from "../../model/uptime";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { useLoaded } from "../hooks";
import { Icon, StatusMark } from "../Icon";
import { Part } from "../Panel";
import { useTallyWords } from "./Bars";
import { Changes } from "./History";
import { DAYS, useUptime } from "./parts";

const MOST = 200;

interface Subject {
  kind: SubjectKind;
  id: string;
}

/** The last 90 days, a square each; a day that is chosen tells what changed on it. */
export function CalendarPart({ kind, id }: Subject): JSX.Element {
  const say = useStore().text.value;
  const uptime = useUptime(kind, id);
  return (
    <Part title={say.uptimeTitle}>
      <Asked polled={uptime}>{(days) => <Calendar kind={kind} id={id} days={days} />}</Asked>
    </Part>
  );
}

function Calendar({ kind, id, days }: Subject & { days: UptimeDay[] }): JSX.Element {
  const say = useStore().text.value;
  const words = useTallyWords();
  const [chosen, setChosen] = useState<string | null>(null);
  const bars = barsOf(days, DAYS);
  const bar = bars.find(({ day }) => day === chosen);
  return (
    <>
      <p class="fine">{words(bars)}</p>
      <Weeks bars={bars} chosen={chosen} choose={(day) => setChosen(day === chosen ? null : day)} />
      {bar ? <Day kind={kind} id={id} bar={bar} /> : <p class="fine">{say.pickDay}</p>}
    </>
  );
}

/** A column is a week, from Monday down. The arrow keys go from day to day and from week to week. */
function Weeks(props: { bars: Bar[]; chosen: string | null; choose: (day: string) => void }): JSX.Element {
  const { bars, chosen, choose } = props;
  const { text } = useStore();
  const weeks = weeksOf(bars);
  const reachable = chosen ?? bars.at(-1)?.day;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a grid in every browser
    <div
      class="calendar"
      role="group"
      aria-label={text.value.pickDay}
      style={{ gridTemplateColumns: `repeat(${weeks.length}, minmax(0, 1fr))` }}
      onKeyDown={moveByDays}
    >
      {weeks
        .flat()
        .map((bar, i) =>
          bar ? (
            <Square
              key={bar.day}
              bar={bar}
              isChosen={bar.day === chosen}
              isReachable={bar.day === reachable}
              choose={choose}
            />
          ) : (
            <span key={`gap ${i}`} />
          ),
        )}
    </div>
  );
}

const STEPS: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 };

function moveByDays(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const here = document.activeElement;
  if (!step || !(event.currentTarget instanceof HTMLElement)) return;
  const days = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-day]")];
  const next = days[days.indexOf(here as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Square(props: {
  bar: Bar;
  isChosen: boolean;
  isReachable: boolean;
  choose: (day: string) => void;
}): JSX.Element {
  const { bar, isChosen, isReachable, choose } = props;
  const label = useDayLabel(bar);
  return (
    <button
      type="button"
      class={`square day-${bar.look}`}
      data-day={bar.day}
      aria-label={label}
      title={label}
      aria-pressed={isChosen}
      tabIndex={isReachable ? 0 : -1}
      onClick={() => choose(bar.day)}
    >
      {bar.look !== "operational" && bar.look !== "none" && <Icon name={bar.look} size={14} />}
    </button>
  );
}

function useDayLabel({ day, look, attained }: Bar): string {
  const { text } = useStore();
  const date = useDate();
  const share = attained === null ? "" : percent(attained);
  return text.value.dayLabel(date(day), text.value.dayLooks[look] ?? look, share);
}

/** A day as the city writes it. */
function useDate(): (day: string) => string {
  const { time } = useStore();
  return (day) => time.value.date(dayBounds(day, time.value.timezone).start);
}

function Day({ kind, id, bar }: Subject & { bar: Bar }): JSX.Element {
  const { api, lang, text, time } = useStore();
  const say = text.value;
  const date = useDate();
  const { start, end } = dayBounds(bar.day, time.value.timezone);
  const loaded = useLoaded(`day ${kind} ${id} ${bar.day}`, () =>
    api.history(kind, id, { start: iso(start), end: iso(end), limit: MOST }),
  );
  const held = STATUSES.filter((status) => (bar.seconds[status] ?? 0) > 0);
  return (
    <section class="day" aria-label={say.changesOf(date(bar.day))} data-shown-day={bar.day}>
      <h4>{say.changesOf(date(bar.day))}</h4>
      <p class="day-held fine">
        {held.map((status) => (
          <StatusMark
            key={status}
            status={status}
            word={say.heldThatDay(say.statuses[status], span((bar.seconds[status] ?? 0) * SECOND, lang))}
          />
        ))}
      </p>
      {loaded.kind === "loading" && <div class="bone" />}
      {loaded.kind === "failed" && <p class="muted">{say.failed}</p>}
      {loaded.kind === "ready" &&
        (loaded.value.items.length ? (
          <Changes items={loaded.value.items} own={id} />
        ) : (
          <p class="muted">{say.noChangesThatDay}</p>
        ))}
    </section>
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
