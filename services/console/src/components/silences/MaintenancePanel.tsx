import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Maintenance } from "../../contract";
import { said } from "../../model/labels";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { Panel, Part } from "../Panel";
import { FactList } from "../WhyFacts";
import { useHindrance } from "../work/actions";
import { HeldAlerts } from "./HeldNow";
import { useScheduleWords } from "./MaintenanceCard";
import { useMatcherWords } from "./matchers";

/** One window of planned work: when it comes next, what it holds, and how to end it for good. */
export function MaintenancePanel(props: { window: Maintenance; again: () => void }): JSX.Element {
  const { window, again } = props;
  const { lang, text } = useStore();
  const say = text.value;
  const words = useMatcherWords();
  const schedule = useScheduleWords();
  const { rrule, timezone } = window.schedule;
  const isCitys = window.origin === "city";
  return (
    <Panel
      label={said(window.title, lang)}
      tone="edge-maintenance"
      head={
        <>
          <span class="panel-kind">
            <span class="mark tone-maintenance">
              <Icon name="maintenance" size={18} />
              {say.maintenanceTitle}
            </span>
            {window.active && <span class="muted">{say.underWay}</span>}
          </span>
          <h2>{said(window.title, lang)}</h2>
          <span class="muted">{words(window.matcher)}</span>
        </>
      }
      foot={
        window.next.length > 0 &&
        (isCitys ? <p class="muted">{say.citysWindow}</p> : <End {...props} again={again} />)
      }
    >
      <FactList
        facts={[
          [say.scheduleTitle, schedule(window)],
          ...(rrule ? ([[say.recurrence, <code key="rrule">{rrule}</code>]] as [string, JSX.Element][]) : []),
          ...(timezone ? ([[say.timezoneLabel, timezone]] as [string, string][]) : []),
          [say.reason, window.reason || "–"],
          [say.saidBy, isCitys ? say.cityFiles : (window.created_by ?? "–")],
        ]}
      />
      <Part title={say.nextTimes}>
        <NextTimes window={window} />
      </Part>
      {window.active && (
        <Part title={say.heldNow}>
          <HeldAlerts by={window.id} />
        </Part>
      )}
    </Panel>
  );
}

/** The next occurrences, as the server reckons them. */
function NextTimes({ window }: { window: Maintenance }): JSX.Element {
  const { live, text, time } = useStore();
  const now = live.now.value;
  if (window.next.length === 0) return <p class="muted">{text.value.isOver}</p>;
  return (
    <ol class="next-times">
      {window.next.map(({ start, end }) => {
        const [from, to] = [toMs(start) ?? 0, toMs(end) ?? 0];
        return (
          <li key={from}>
            <span>{time.value.date(from)}</span>
            <b>
              {time.value.short(from)}–{time.value.short(to)}
            </b>
            {from <= now && now < to && <span class="tone-maintenance">{text.value.underWay}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function End({ window, again }: { window: Maintenance; again: () => void }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const hindrance = useHindrance();
  const end = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await api.endMaintenance(window.id);
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      setBusy(false);
      again();
    }
  };
  return (
    <>
      {(failure ?? hindrance) && <p class="refusal">{failure ?? hindrance}</p>}
      <div class="action-bar">
        <button
          type="button"
          class="button is-primary"
          disabled={busy || hindrance !== null}
          onClick={() => void end()}
        >
          {say.endForGood}
        </button>
      </div>
      <p class="fine">{say.endForGoodText}</p>
    </>
  );
}
