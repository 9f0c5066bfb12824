import type { JSX } from "preact";
import { type Alert, TIMES } from "../contract";
import { delta, toMs } from "../model/time";
import { useStore } from "../store";

/** When the reading behind an alert was where, and how long each step took. */
export function Journey({ alert }: { alert: Alert }): JSX.Element {
  const { lang, text, time } = useStore();
  const say = text.value;
  const steps = TIMES.map((name) => ({ name, at: toMs(alert.times[name]) }));
  const [received, delivered] = [toMs(alert.times.received), toMs(alert.times.delivered)];
  return (
    <>
      <ol class="journey">
        {steps.map(({ name, at }, i) => (
          <li key={name} class={at === null ? "is-open" : ""}>
            <span>{say.times[name]}</span>
            <b>{at === null ? "–" : time.value.exact(at)}</b>
            <span class="muted">{sinceLast(i)}</span>
          </li>
        ))}
      </ol>
      {received !== null && delivered !== null && (
        <p class="fine">{say.total(delta(delivered - received, lang).slice(1))}</p>
      )}
    </>
  );

  function sinceLast(i: number): string {
    const at = steps[i]?.at;
    const before = steps.slice(0, i).findLast((step) => step.at !== null)?.at;
    return typeof at === "number" && typeof before === "number" ? delta(at - before, lang) : "";
  }
}
