import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Silence } from "../../contract";
import { type Shelves, shelved } from "../../model/silences";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty, moveWithArrows } from "../Alerts";
import { Unknown } from "../data/Unknown";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { useHindrance } from "../work/actions";
import { HeldNow } from "./HeldNow";
import { MaintenanceCard } from "./MaintenanceCard";
import { MaintenancePanel } from "./MaintenancePanel";
import { useMatcherWords } from "./matchers";
import { SilenceDialog } from "./SilenceDialog";
import { SilencePanel } from "./SilencePanel";

const ASK_MS = 10_000;
/** Of those that are over; older ones are over HTTP. */
const MOST = 200;

/** Of what nobody outside is told now, later and lately, and why. */
export function SilencesPage(): JSX.Element {
  const { api, live, selection } = useStore();
  const changed = live.work.suppression.value;
  const silences = usePolled("silences", ASK_MS, () => api.silences({ limit: MOST }));
  const maintenance = usePolled("maintenance", ASK_MS, () => api.maintenance());
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks when the stream tells of a change
  useEffect(() => {
    silences.again();
    maintenance.again();
  }, [changed]);
  const chosen = selection.value;
  const silence = silences.value?.items.find(({ id }) => id === chosen?.id);
  const window = maintenance.value?.find(({ id }) => id === chosen?.id);
  return (
    <main class="board silences-board">
      <div class="data-main">
        <SilenceCard
          silences={silences.value?.items ?? null}
          note={<Unknown polled={silences} />}
          again={silences.again}
        />
        <MaintenanceCard
          windows={maintenance.value}
          silences={silences.value?.items ?? []}
          note={<Unknown polled={maintenance} />}
          again={maintenance.again}
        />
      </div>
      <aside class="side">
        <HeldNow />
        {chosen?.kind === "silence" && silence && (
          <SilencePanel key={silence.id} silence={silence} again={silences.again} />
        )}
        {chosen?.kind === "maintenance" && window && (
          <MaintenancePanel key={window.id} window={window} again={maintenance.again} />
        )}
      </aside>
    </main>
  );
}

function SilenceCard(props: {
  silences: Silence[] | null;
  note: JSX.Element;
  again: () => void;
}): JSX.Element {
  const { selection, text } = useStore();
  const say = text.value;
  const [adding, setAdding] = useState(false);
  const hindrance = useHindrance();
  return (
    <section class="card silences" id="silences" tabIndex={-1} aria-label={say.silencesTitle}>
      <div class="card-head">
        <h2>{say.silencesTitle}</h2>
        <button
          type="button"
          class="button"
          disabled={hindrance !== null}
          title={hindrance ?? undefined}
          onClick={() => setAdding(true)}
        >
          <Icon name="plus" size={17} />
          {say.newSilence}
        </button>
      </div>
      {props.note}
      {props.silences ? <ShelvedList silences={props.silences} /> : <div class="bone row" />}
      {adding && (
        <SilenceDialog
          close={() => setAdding(false)}
          saved={({ id }) => {
            props.again();
            selection.value = { kind: "silence", id };
          }}
        />
      )}
    </section>
  );
}

function ShelvedList({ silences }: { silences: Silence[] }): JSX.Element {
  const { live, text } = useStore();
  const say = text.value;
  const shelves = shelved(silences, live.now.value);
  const { active, pending, expired } = shelves;
  return (
    <div class="silence-shelves">
      {active.length + pending.length === 0 && (
        <Empty icon="operational" title={say.noSilences} detail={say.noSilencesText} />
      )}
      {active.length > 0 && <Shelf name="active" silences={active} />}
      {pending.length > 0 && <Shelf name="pending" silences={pending} />}
      {expired.length > 0 && (
        <details class="older">
          <summary>{say.pastSilences(expired.length)}</summary>
          <Shelf name="expired" silences={expired} />
        </details>
      )}
    </div>
  );
}

function Shelf(props: { name: keyof Shelves; silences: Silence[] }): JSX.Element {
  const say = useStore().text.value;
  return (
    <section class="shelf" aria-label={say.silenceStates[props.name]}>
      <h3>
        {say.silenceStates[props.name]} <span class="count">{props.silences.length}</span>
      </h3>
      <ul onKeyDown={moveWithArrows}>
        {props.silences.map((silence) => (
          <SilenceRow key={silence.id} silence={silence} state={props.name} />
        ))}
      </ul>
    </section>
  );
}

function SilenceRow({ silence, state }: { silence: Silence; state: keyof Shelves }): JSX.Element {
  const { live, lang, selection, text, time } = useStore();
  const say = text.value;
  const words = useMatcherWords();
  const now = live.now.value;
  const [start, end] = [toMs(silence.starts_at) ?? now, toMs(silence.ends_at) ?? now];
  const chosen = selection.value?.kind === "silence" && selection.value.id === silence.id;
  const when = {
    active: say.endsIn(span(end - now, lang)),
    pending: say.beginsIn(span(start - now, lang)),
    expired: silence.ended_by ? say.endedEarly(silence.ended_by) : say.silenceStates.expired,
  }[state];
  return (
    <li>
      <button
        type="button"
        class={`silence-row is-${state}`}
        data-silence={silence.id}
        aria-pressed={chosen}
        onClick={() => {
          selection.value = chosen ? null : { kind: "silence", id: silence.id };
        }}
      >
        <Icon name={state === "expired" ? "check" : state === "pending" ? "clock" : "muted"} />
        <span class="rule-what">
          <b>{words(silence.matcher)}</b>
          <span class="muted">
            {silence.reason} · {silence.created_by}
          </span>
        </span>
        <span class="silence-holds">{state === "active" && say.holdsCount(silence.alerts)}</span>
        <span class="alert-since">
          <b>{when}</b>
          <span>{time.value.moment(state === "pending" ? start : end, now)}</span>
        </span>
      </button>
    </li>
  );
}
