import type { JSX } from "preact";
import { type Alert, TIMES } from "../contract";
import { delta, toMs } from "../model/time";
import { useStore } from "../store";
import { type Fact, FactList } from "./WhyFacts";

/** When the reading behind an alert was where, and how long after it was taken. */
export function Journey({ alert }: { alert: Alert }): JSX.Element {
  const { lang, text, time } = useStore();
  const say = text.value;
  const steps = TIMES.map((name) => ({ name, at: toMs(alert.times[name]) }));
  const begun = steps.find(({ at }) => at !== null)?.at ?? undefined;
  const delay = delayOf(alert);
  return (
    <>
      <ol class="journey">
        {steps.map(({ name, at }, i) => (
          <li key={name} class={at === null ? "is-open" : ""}>
            <span>{say.times[name]}</span>
            <b>{at === null ? "–" : time.value.exact(at)}</b>
            <span class="muted">
              {i > 0 && at !== null && begun !== undefined && delta(at - begun, lang)}
            </span>
          </li>
        ))}
      </ol>
      {delay !== null && <p class="fine">{say.delay(delta(delay, lang).slice(1))}</p>}
      <Afterwards alert={alert} />
    </>
  );
}

/** When people came into it: somebody outside was told, somebody saw it. */
function Afterwards({ alert }: { alert: Alert }): JSX.Element | null {
  const { lang, live, text, time } = useStore();
  const say = text.value;
  const from = toMs(alert.times.delivered) ?? toMs(alert.times.fired);
  const facts = (["notified", "acknowledged"] as const).flatMap<Fact>((name) => {
    const at = toMs(alert.times[name]);
    if (at === null) return [];
    const after = from === null ? "" : ` (${delta(at - from, lang)})`;
    return [[say.lateTimes[name], `${time.value.moment(at, live.now.value)}${after}`]];
  });
  return facts.length ? <FactList facts={facts} /> : null;
}

/** How long the alert took once it was due: when its condition had held long enough and the reading was there. */
function delayOf({ times }: Alert): number | null {
  const [received, fired, delivered] = [times.received, times.fired, times.delivered].map(toMs);
  if (typeof fired !== "number" || typeof delivered !== "number") return null;
  return Math.max(0, delivered - Math.max(fired, received ?? fired));
}
