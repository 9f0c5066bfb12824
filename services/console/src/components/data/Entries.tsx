import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Quarantined } from "../../contract";
import { prettyPayload } from "../../model/payload";
import { asText, type Outcome, outcomeOf, selected } from "../../model/quarantine";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { useLoaded } from "../hooks";
import { Icon } from "../Icon";
import { DeviceLink } from "./DeviceFilter";
import { OutcomeNote } from "./Outcome";

const SHOWN = 20;

/** The newest refusals of a cause. They stay as they are while somebody reads them. */
export function Entries({ cause }: { cause: string }): JSX.Element {
  const { api, dataFilters, live, text } = useStore();
  const say = text.value;
  const { device, period, words } = dataFilters.value;
  const loaded = useLoaded(JSON.stringify([cause, device, period, words]), () =>
    api.quarantine({
      ...selected({ ...dataFilters.peek(), code: null }, live.now.peek()),
      cause,
      limit: SHOWN,
    }),
  );
  if (loaded.kind === "loading") return <div class="bone row" />;
  if (loaded.kind === "failed") return <p class="muted">{say.unknownNow}</p>;
  if (loaded.value.items.length === 0) return <p class="muted">{say.noEntries}</p>;
  return (
    <ul class="entries">
      {loaded.value.items.map((entry, i) => (
        <Entry key={entry.id} entry={entry} open={i === 0} />
      ))}
    </ul>
  );
}

function Entry({ entry, open }: { entry: Quarantined; open: boolean }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const [opened, setOpened] = useState(open);
  const now = live.now.value;
  return (
    <li>
      <details
        class="entry"
        data-entry={entry.id}
        open={opened}
        onToggle={(event) => setOpened(event.currentTarget.open)}
      >
        <summary>
          <Icon name="next" size={15} />
          <time>{time.value.moment(toMs(entry.received) ?? now, now)}</time>
          <b>{entry.device ?? entry.topic}</b>
          {entry.value !== null && <code class="entry-value">{asText(entry.value)}</code>}
        </summary>
        {opened && (
          <div class="entry-body">
            <p class="entry-topic">
              {entry.device && <DeviceLink device={entry.device} />} <code>{entry.topic}</code>
            </p>
            <Payload entry={entry} />
            {entry.more > 0 && <p class="fine">{say.moreLike(entry.more)}</p>}
            <TakeAgain entry={entry} />
          </div>
        )}
      </details>
    </li>
  );
}

function Payload({ entry }: { entry: Quarantined }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const binary = entry.payload_encoding !== undefined;
  const { lines, found, json } = prettyPayload(entry.payload, entry.path, entry.value);
  const size = entry.payload_size?.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  const firstMarked = lines.findIndex((line) => line.marked);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it */}
      <section class="payload" tabIndex={0} aria-label={say.payload}>
        <pre>
          {lines.map((line, i) => (
            <span key={i} class="payload-line">
              {line.marked ? <mark>{line.text}</mark> : line.text}
              {i === firstMarked && entry.expected && <span class="payload-note">← {entry.expected}</span>}
              {"\n"}
            </span>
          ))}
        </pre>
      </section>
      {size !== undefined && <p class="fine">{say.cutAt(size)}</p>}
      {binary && <p class="fine">{say.base64}</p>}
      {!json && !binary && <p class="fine">{say.noJson}</p>}
      {!found && json && entry.path && <p class="fine">{say.notInPayload(entry.path)}</p>}
    </>
  );
}

/** Take one reading again, and say what became of it. */
function TakeAgain({ entry }: { entry: Quarantined }): JSX.Element {
  const { api, live, text, time } = useStore();
  const say = text.value;
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const take = async () => {
    setBusy(true);
    setFailure(null);
    try {
      setOutcome(outcomeOf(await api.replay(entry.id)));
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  const before = toMs(entry.replayed);
  if (before !== null)
    return <p class="fine">{say.takenBefore(time.value.moment(before, live.now.value))}</p>;
  return (
    <div class="take-again">
      {outcome?.kind !== "accepted" && (
        <button
          type="button"
          class="button"
          disabled={busy || live.isStale.value}
          onClick={() => void take()}
        >
          <Icon name="again" size={17} />
          {busy ? say.takingAgain : say.takeAgain}
        </button>
      )}
      <div role="status">
        {outcome && <OutcomeNote outcome={outcome} />}
        {failure && <p class="refusal">{failure}</p>}
      </div>
    </div>
  );
}
