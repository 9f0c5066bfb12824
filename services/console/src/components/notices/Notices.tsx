import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { NOTE_STATES, type Notification } from "../../contract";
import { words } from "../../model/labels";
import { lookOfNote } from "../../model/logbook";
import { incidentAddress } from "../../model/place";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty } from "../Alerts";
import { Unknown } from "../data/Unknown";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";

const ASK_MS = 5000;
const PAGE = 100;

/** What was told to whom lately, and what still waits or failed. */
export function Notices(): JSX.Element {
  const { api, text } = useStore();
  const say = text.value;
  const [state, setState] = useState("");
  const polled = usePolled(`notices ${state}`, ASK_MS, () =>
    api.notifications({ limit: PAGE, ...(state ? { state } : {}) }),
  );
  const page = polled.value;
  return (
    <section class="card notices" aria-label={say.noticesTitle}>
      <div class="card-head">
        <h2>{say.noticesTitle}</h2>
        <fieldset class="chips">
          <legend class="hidden">{say.state}</legend>
          {["", ...NOTE_STATES].map((name) => (
            <button
              key={name}
              type="button"
              class={state === name ? "chip is-on" : "chip"}
              aria-pressed={state === name}
              onClick={() => setState(name)}
            >
              {name ? (say.noteStates[name] ?? name) : say.allStates}
            </button>
          ))}
        </fieldset>
      </div>
      <Unknown polled={polled} />
      {page ? <NoticeList items={page.items} /> : polled.error === null && <div class="bone row" />}
      {page?.next && <p class="list-note">{say.onlyTheFirst(PAGE)}</p>}
    </section>
  );
}

function NoticeList({ items }: { items: Notification[] }): JSX.Element {
  const { text } = useStore();
  if (items.length === 0) return <Empty icon="operational" title={text.value.noNotices} />;
  return (
    <ul class="notice-list">
      {items.map((notice, i) => (
        <Notice key={notice.id ?? i} notice={notice} />
      ))}
    </ul>
  );
}

function Notice({ notice }: { notice: Notification }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const { receiver, channel, state, reason, attempts, error, incident, alerts } = notice;
  const { tone, icon } = lookOfNote(notice);
  const at = toMs(notice.delivered) ?? toMs(notice.created) ?? 0;
  return (
    <li class="notice" data-notice={state}>
      <time class="muted">{time.value.moment(at, live.now.value)}</time>
      <span class={`mark tone-${tone}`}>
        <Icon name={icon} size={16} />
        <span>{say.noteStates[state] ?? words(state)}</span>
      </span>
      <span class="notice-what">
        {say.toldBy(receiver, channel)}{" "}
        <span class="muted">
          · {say.noteReasons[reason] ?? words(reason)}
          {alerts !== undefined && ` · ${say.alertCount(alerts)}`}
          {attempts > 1 && ` · ${say.attempts(attempts)}`}
        </span>
        {error && state !== "delivered" && <code class="log-error">{error}</code>}
      </span>
      {incident && (
        <a class="device-link" href={incidentAddress(incident)}>
          {say.incident}
        </a>
      )}
    </li>
  );
}
