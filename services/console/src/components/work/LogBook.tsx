import type { JSX } from "preact";
import type { HistoryEntry, Notification } from "../../contract";
import { said, words } from "../../model/labels";
import { logOf, lookOfNote } from "../../model/logbook";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** So many lines are read; the others are a click away. */
const FIRST = 30;

/** What happened, who did it and who was told, newest first. */
export function LogBook(props: {
  history: HistoryEntry[] | null;
  notices?: Notification[] | null;
}): JSX.Element {
  const say = useStore().text.value;
  if (!props.history) return <p class="muted">{say.loading}</p>;
  const lines = logOf(props.history, props.notices ?? []);
  if (lines.length === 0) return <p class="muted">{say.noHistory}</p>;
  const drawn = (from: number, to?: number) =>
    lines
      .slice(from, to)
      .map((line) =>
        line.kind === "step" ? (
          <Step key={line.key} entry={line.entry} at={line.at} />
        ) : (
          <Notice key={line.key} notice={line.notice} at={line.at} />
        ),
      );
  return (
    <>
      <ol class="history">{drawn(0, FIRST)}</ol>
      {lines.length > FIRST && (
        <details class="older">
          <summary>{say.olderLines(lines.length - FIRST)}</summary>
          <ol class="history">{drawn(FIRST)}</ol>
        </details>
      )}
    </>
  );
}

function Moment({ at }: { at: number }): JSX.Element {
  const { live, time } = useStore();
  return <time>{time.value.moment(at, live.now.value)}</time>;
}

function Step({ entry, at }: { entry: HistoryEntry; at: number }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const { actor, by, note } = entry;
  const who = actor ? (actor.kind === "operator" ? actor.name : say.actors[actor.kind]) : by;
  return (
    <li data-change={entry.change}>
      <Moment at={at} />
      <span>
        <b>{entry.text ? said(entry.text, lang) : changeWords(entry, say.changes[entry.change])}</b>
        {!entry.text && <Told entry={entry} />}
        {who && !entry.text?.[lang].includes(who) && <span class="log-actor"> · {who}</span>}
        {note && !entry.text?.[lang].includes(note) && <q>{note}</q>}
      </span>
    </li>
  );
}

const changeWords = ({ change }: HistoryEntry, known: string | undefined): string => known ?? words(change);

const TELLS_SEVERITY = new Set(["firing", "severity"]);

/** Of a step without a sentence: its severity, and why it ended. */
function Told({ entry }: { entry: HistoryEntry }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const { severity, change, reason } = entry;
  return (
    <>
      {severity && TELLS_SEVERITY.has(change) && ` · ${say.severityTo(say.severities[severity])}`}
      {reason && ` · ${said(reason, lang)}`}
    </>
  );
}

function Notice({ notice, at }: { notice: Notification; at: number }): JSX.Element {
  const say = useStore().text.value;
  const { receiver, channel, state, reason, attempts, error } = notice;
  const { tone, icon } = lookOfNote(notice);
  return (
    <li class="log-notice" data-notice={state}>
      <Moment at={at} />
      <span>
        <span class={`mark tone-${tone}`}>
          <Icon name={icon} size={16} />
          <span>{say.noteStates[state] ?? words(state)}</span>
        </span>{" "}
        {say.toldBy(receiver, channel)}
        <span class="muted"> · {say.noteReasons[reason] ?? words(reason)}</span>
        {attempts > 1 && <span class="muted"> · {say.attempts(attempts)}</span>}
        {error && <code class="log-error">{error}</code>}
      </span>
    </li>
  );
}
