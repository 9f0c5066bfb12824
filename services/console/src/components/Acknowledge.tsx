import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ProblemError } from "../api";
import type { Alert } from "../contract";
import { isOpen } from "../model/alerts";
import { toMs } from "../model/time";
import { useStore } from "../store";
import { Icon } from "./Icon";

interface Refusal {
  title: string;
  detail: string;
}

/** Say "I have seen it", with a note; or who has. A colleague who was faster is told of, plainly. */
export function Acknowledge({ alert }: { alert: Alert }): JSX.Element | null {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  return (
    <>
      {refusal && (
        <div class="refusal" role="alert">
          <Icon name="degraded" size={18} />
          <p>
            <b>{refusal.title}</b> {refusal.detail}
          </p>
        </div>
      )}
      {alert.acknowledged && <Acknowledged alert={alert} />}
      {!alert.acknowledged && isOpen(alert) && <AcknowledgeForm alert={alert} refuse={setRefusal} />}
    </>
  );
}

function Acknowledged({ alert }: { alert: Alert }): JSX.Element | null {
  const { live, text, time } = useStore();
  const acknowledged = alert.acknowledged;
  if (!acknowledged) return null;
  const at = time.value.moment(toMs(acknowledged.at) ?? 0, live.now.value);
  return (
    <div class="acknowledged">
      <Icon name="check" />
      <p>
        <b>{text.value.acknowledgedTitle(acknowledged.by, at)}</b>
        {acknowledged.note && <q>{acknowledged.note}</q>}
      </p>
    </div>
  );
}

function AcknowledgeForm(props: { alert: Alert; refuse: (refusal: Refusal | null) => void }): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const hindrance = useHindrance();

  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    props.refuse(null);
    try {
      store.live.take(await store.api.acknowledge(props.alert.id, note.trim()));
    } catch (error) {
      const conflict = error instanceof ProblemError && error.status === 409;
      props.refuse({ title: conflict ? say.conflict : say.failed, detail: (error as Error).message });
      if (conflict)
        await store.api.alert(props.alert.id).then(
          (alert) => store.live.take(alert),
          () => undefined,
        );
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="acknowledge" onSubmit={(event) => void send(event)}>
      <label>
        <span class="hidden">{say.note}</span>
        <input
          type="text"
          maxLength={500}
          placeholder={say.notePlaceholder}
          value={note}
          disabled={hindrance !== null}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button is-primary" disabled={busy || hindrance !== null}>
        <Icon name="check" size={18} />
        {busy ? say.acknowledging : say.acknowledge}
      </button>
      {hindrance && <p class="muted">{hindrance}</p>}
    </form>
  );
}

/** Why acknowledging is not possible now; null when it is. */
function useHindrance(): string | null {
  const { session, live, text } = useStore();
  const role = session.value?.role;
  if (role !== "operator" && role !== "admin") return text.value.viewerCannot;
  return live.isStale.value ? text.value.staleCannot : null;
}
