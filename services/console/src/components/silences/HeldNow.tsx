import type { JSX } from "preact";
import { HOLDS } from "../../contract";
import { useStore } from "../../store";
import { HeldBack } from "../alerts/Marks";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { AlertLinkTo } from "./links";

const ASK_MS = 5000;
const MOST = 200;

/** Every alert that fires and of which nobody outside is told now, with why. */
export function HeldNow(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const count = store.live.alerts.counts.value?.suppressed ?? null;
  return (
    <section class="card held" aria-label={say.heldNow}>
      <div class="card-head">
        <h2>
          {say.heldNow}
          {count !== null && <span class="count">{count}</span>}
        </h2>
        <button
          type="button"
          class="chip"
          onClick={() => {
            store.filter({ suppressed: true });
            location.hash = "#city";
          }}
        >
          {say.showInList}
          <Icon name="next" size={14} />
        </button>
      </div>
      <p class="list-note">{say.suppressedNote}</p>
      <div class="held-list">
        <HeldAlerts />
      </div>
    </section>
  );
}

/** Those that are held; by one silence or window when it is given. */
export function HeldAlerts({ by }: { by?: string }): JSX.Element {
  const { api, live, text } = useStore();
  const say = text.value;
  const key = `${by ?? ""} ${live.work.suppression.value}`;
  const polled = usePolled(key, ASK_MS, () => api.alerts({ state: "firing", suppressed: true, limit: MOST }));
  if (!polled.value) return <p class="muted">{polled.error === null ? say.loading : say.unknownNow}</p>;
  const alerts = polled.value.items.filter(({ suppressed }) => by === undefined || suppressed?.id === by);
  if (alerts.length === 0) return <p class="muted">{say.nothingHeld}</p>;
  return (
    <>
      <p class="held-kinds">
        {HOLDS.flatMap((kind) => {
          const n = alerts.filter(({ suppressed }) => suppressed?.kind === kind).length;
          return n ? [`${say.holds[kind]} ${n}`] : [];
        }).join(" · ")}
      </p>
      <ul class="open-alerts">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <AlertLinkTo alert={alert} />
            {by === undefined && alert.suppressed && <HeldBack suppressed={alert.suppressed} />}
          </li>
        ))}
      </ul>
      {polled.value.next !== null && <p class="fine">{say.onlyTheFirst(MOST)}</p>}
    </>
  );
}
