import type { JSX } from "preact";
import type { Alert, Suppressed } from "../../contract";
import { said } from "../../model/labels";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** What else there is to know of an alert at a glance: that it came back, flaps, ends soon, has a cause. */
export function AlertMarks({ alert }: { alert: Alert }): JSX.Element | null {
  const { live, text, time } = useStore();
  const say = text.value;
  const { occurrences = 1, flapping, cause } = alert;
  const held = toMs(alert.held_until);
  if (occurrences < 2 && !flapping && !cause && held === null) return null;
  return (
    <span class="alert-marks">
      {occurrences > 1 && (
        <span class="badge">
          <Icon name="again" size={14} />
          {say.nthTime(occurrences)}
        </span>
      )}
      {flapping && (
        <span class="badge">
          <Icon name="flapping" size={14} />
          {say.flapping}
        </span>
      )}
      {held !== null && (
        <span class="badge">
          <Icon name="clock" size={14} />
          {say.heldUntil(time.value.moment(held, live.now.value))}
        </span>
      )}
      {cause && (
        <span class="badge">
          <Icon name="under" size={14} />
          {say.underCause}
        </span>
      )}
    </span>
  );
}

/** Why nobody outside is told, in a sentence. */
export function useHeldWords(): (suppressed: Suppressed) => string {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  return ({ kind, by, reason, until }) => {
    const end = toMs(until);
    const told = end === null ? null : time.value.moment(end, live.now.value);
    // What is held by another alert is held by that one's title, where it is known; an id says nothing.
    const isPerson = kind === "silence" || kind === "maintenance";
    const other = by && !isPerson ? said(live.alerts.get(by)?.title, lang) : "";
    return say.heldBy(say.holds[kind], isPerson ? by : other || null, told, said(reason, lang));
  };
}

export function HeldBack({ suppressed }: { suppressed: Suppressed }): JSX.Element {
  const words = useHeldWords();
  return (
    <span class="held-back">
      <Icon name="muted" size={15} />
      {words(suppressed)}
    </span>
  );
}
