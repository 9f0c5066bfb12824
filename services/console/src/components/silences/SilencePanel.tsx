import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Silence } from "../../contract";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { Panel, Part } from "../Panel";
import { FactList } from "../WhyFacts";
import { useHindrance } from "../work/actions";
import { HeldAlerts } from "./HeldNow";
import { useMatcherWords } from "./matchers";
import { SilenceDialog } from "./SilenceDialog";

/** One silence: what it holds, who said so and why, and how to change or end it. */
export function SilencePanel({ silence, again }: { silence: Silence; again: () => void }): JSX.Element {
  const { live, selection, text, time } = useStore();
  const say = text.value;
  const words = useMatcherWords();
  const [changing, setChanging] = useState(false);
  const now = live.now.value;
  const moment = (at: string | number) => time.value.moment(toMs(at) ?? now, now);
  const isOver = silence.state === "expired";
  return (
    <Panel
      label={say.silence}
      tone="edge-unknown"
      head={
        <>
          <span class="panel-kind">
            <span class="mark">
              <Icon name="muted" size={18} />
              {say.silence}
            </span>
            <span class="muted">{say.silenceStates[silence.state]}</span>
          </span>
          <h2>{silence.reason}</h2>
          <span class="muted">{words(silence.matcher)}</span>
        </>
      }
      foot={!isOver && <End id={silence.id} again={again} change={() => setChanging(true)} />}
    >
      <FactList
        facts={[
          [say.fromLabel, moment(silence.starts_at)],
          [say.untilLabel, moment(silence.ends_at)],
          [say.saidBy, `${silence.created_by}, ${moment(silence.created_at)}`],
          ...(silence.ended_by ? ([[say.endedByLabel, silence.ended_by]] as [string, string][]) : []),
        ]}
      />
      {silence.state === "active" && (
        <Part title={say.holdsCount(silence.alerts)}>
          <HeldAlerts by={silence.id} />
        </Part>
      )}
      {changing && (
        <SilenceDialog
          silence={silence}
          close={() => setChanging(false)}
          saved={({ id }) => {
            again();
            selection.value = { kind: "silence", id };
          }}
        />
      )}
    </Panel>
  );
}

function End(props: { id: string; again: () => void; change: () => void }): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const hindrance = useHindrance();
  const end = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await api.endSilence(props.id);
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      setBusy(false);
      props.again();
    }
  };
  return (
    <>
      {(failure ?? hindrance) && <p class="refusal">{failure ?? hindrance}</p>}
      <div class="action-bar">
        <button type="button" class="button" disabled={hindrance !== null} onClick={props.change}>
          {say.changeIt}
        </button>
        <button
          type="button"
          class="button is-primary"
          disabled={busy || hindrance !== null}
          onClick={() => void end()}
        >
          {say.endNow}
        </button>
      </div>
      <p class="fine">{say.endNowText}</p>
    </>
  );
}
