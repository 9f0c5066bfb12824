import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { replayForm, type Tally, tallied } from "../../model/quarantine";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { WhyRefused } from "./Outcome";

/** Take every reading of a cause again, request by request: whoever presses sees how it goes. */
export function TakeAll({ cause }: { cause: string }): JSX.Element {
  const { api, dataFilters, live, text } = useStore();
  const say = text.value;
  const [tally, setTally] = useState<Tally | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const take = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const before = tally?.next ? tally : null;
      const form = replayForm(
        { ...dataFilters.value, code: null },
        cause,
        live.now.peek(),
        before?.next ?? null,
      );
      setTally(tallied(before, await api.replayAll(form)));
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const word = tally?.next ? say.takeRestAgain(tally.remaining) : say.takeAllAgain;
  return (
    <>
      <div class="take-all">
        <button
          type="button"
          class="button is-primary"
          disabled={busy || live.isStale.value}
          onClick={() => void take()}
        >
          <Icon name="again" size={18} />
          {busy ? say.takingAgain : word}
        </button>
        <p class="fine">{live.isStale.value ? say.staleCannot : say.takeAgainText}</p>
      </div>
      <div role="status">
        {tally && (
          <p class={`mark tone-${tally.refused ? "degraded" : "operational"}`}>
            <Icon name={tally.refused ? "degraded" : "check"} size={18} />
            <b>{say.tally(tally.accepted, tally.refused, tally.skipped)}</b>
          </p>
        )}
        {tally?.why && <WhyRefused why={tally.why} />}
        {failure && (
          <p class="refusal">
            <Icon name="degraded" size={18} />
            <span>
              <b>{say.failed}.</b> {failure}
            </span>
          </p>
        )}
      </div>
    </>
  );
}
