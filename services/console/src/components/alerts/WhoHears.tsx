import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Alert, Explanation, Hearing } from "../../contract";
import { said } from "../../model/labels";
import { type HearingStep, repeatsOf, stepsOf } from "../../model/routes";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { useLoaded } from "../hooks";
import { Icon } from "../Icon";

/** Who would hear of such an alert, and when; asked for when somebody wants to know. */
export function WhoHears({ alert }: { alert: Alert }): JSX.Element | null {
  const store = useStore();
  const [isOpen, setOpen] = useState(false);
  if (!store.mayOperate) return null;
  return (
    <details class="share who-hears" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="next" size={15} />
        <h3>{store.text.value.whoHears}</h3>
      </summary>
      {isOpen && <Asked alert={alert} />}
    </details>
  );
}

function Asked({ alert }: { alert: Alert }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const { rule, device, zone, service, domain, severity } = alert;
  const query = {
    rule,
    domain,
    severity,
    ...(device ? { device } : {}),
    ...(zone ? { zone } : {}),
    ...(service ? { service } : {}),
  };
  const loaded = useLoaded(JSON.stringify(query), () => api.explainRoutes(query));
  if (loaded.kind === "loading") return <p class="muted">{say.loading}</p>;
  if (loaded.kind === "failed") return <p class="muted">{say.unknownNow}</p>;
  return <Hearings explanation={loaded.value} />;
}

/** The steps one below the other, each with how long after the alert it comes. */
export function Hearings({ explanation }: { explanation: Explanation }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const steps = stepsOf(explanation);
  const repeats = repeatsOf(explanation);
  return (
    <>
      <p class="fine">{say.whoHearsText}</p>
      <Held explanation={explanation} />
      {steps.length === 0 ? (
        <p class="mark tone-degraded">
          <Icon name="degraded" size={18} />
          <span>{say.nobodyHears}</span>
        </p>
      ) : (
        <ol class="hearings">
          {steps.map((step) => (
            <Step key={step.after} step={step} />
          ))}
        </ol>
      )}
      {repeats.map((every) => (
        <p key={every} class="fine">
          {say.repeatsEvery(span(every, lang))}
        </p>
      ))}
    </>
  );
}

/** What would keep it from being told. */
function Held({ explanation }: { explanation: Explanation }): JSX.Element | null {
  const { lang, live, text, time } = useStore();
  const say = text.value;
  const now = explanation.held.filter((one) => one.now);
  if (now.length === 0) return null;
  return (
    <ul class="held-now">
      {now.map(({ kind, id, by, reason, until }) => {
        const end = toMs(until);
        const told = end === null ? null : time.value.moment(end, live.now.value);
        const name = (say.holds as Record<string, string>)[kind] ?? kind;
        return (
          <li key={id}>
            <Icon name="muted" size={16} />
            {say.heldBy(name, by, told, said(reason, lang))}
          </li>
        );
      })}
    </ul>
  );
}

function Step({ step }: { step: HearingStep }): JSX.Element {
  const { lang, live, text, time } = useStore();
  const say = text.value;
  const at = toMs(step.hearings[0]?.at);
  return (
    <li>
      <span class="hearing-when">
        <b>{step.after < 1000 ? say.atOnceWord : say.afterSpan(span(step.after, lang))}</b>
        {at !== null && <span class="fine">{time.value.moment(at, live.now.value)}</span>}
      </span>
      <ul class="hearing-who">
        {step.hearings.map((hearing) => (
          <Who key={`${hearing.receiver} ${hearing.route}`} hearing={hearing} />
        ))}
      </ul>
    </li>
  );
}

function Who({ hearing }: { hearing: Hearing }): JSX.Element {
  const { lang, text } = useStore();
  const { receiver, title, channels, route } = hearing;
  return (
    <li>
      <Icon name="bell" size={16} />
      <span>
        <b>{said(title, lang) || receiver}</b>
        {channels.length > 0 ? (
          <span class="muted"> · {channels.join(", ")}</span>
        ) : (
          <span class="tone-degraded"> · {text.value.noChannel}</span>
        )}
        <span class="fine"> · {text.value.byRoute(route)}</span>
      </span>
    </li>
  );
}
