import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Alert, ManyAcknowledged } from "../../contract";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { useHindrance } from "../work/actions";

/** One request takes so many. */
const MOST_AT_ONCE = 1000;

/** What is done with the picked alerts together. Each is acknowledged by itself; what was not is told. */
export function Together(props: {
  ids: string[];
  all: string[];
  choose: (ids: readonly string[]) => void;
  clear: () => void;
}): JSX.Element {
  const { ids, all, choose, clear } = props;
  const store = useStore();
  const say = store.text.value;
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string[]>([]);
  const hindrance = useHindrance();
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const answer = await store.api.acknowledgeMany(ids.slice(0, MOST_AT_ONCE), note.trim());
      const left = notDone(answer, (id) => store.live.alerts.get(id), store.lang);
      setFailed(left);
      await store.live.alerts.read();
      if (left.length === 0) clear();
      else choose(answer.items.filter(({ ok }) => !ok).map(({ id }) => id));
    } catch (error) {
      setFailed([(error as Error).message]);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="together" onSubmit={(event) => void send(event)}>
      <b role="status">{say.pickedCount(ids.length)}</b>
      <button type="button" class="chip" disabled={ids.length === all.length} onClick={() => choose(all)}>
        {say.pickAll(all.length)}
      </button>
      <button type="button" class="chip" onClick={clear}>
        {say.pickNone}
      </button>
      <label>
        <span class="hidden">{say.note}</span>
        <input
          type="text"
          maxLength={500}
          placeholder={say.notePlaceholder}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button is-primary" disabled={busy || hindrance !== null}>
        <Icon name="check" size={18} />
        {busy ? say.acknowledging : say.acknowledgeMany(ids.length)}
      </button>
      {(hindrance || failed.length > 0) && (
        <p class="refusal" role="alert">
          {hindrance ?? [say.notAll(failed.length), ...failed.slice(0, 3)].join(" ")}
        </p>
      )}
    </form>
  );
}

/** Why those that could not be acknowledged were not. */
function notDone(
  { items }: ManyAcknowledged,
  known: (id: string) => Alert | null,
  lang: "en" | "th",
): string[] {
  return items
    .filter(({ ok }) => !ok)
    .map(({ id, detail }) => `${known(id)?.title[lang] ?? id}: ${detail ?? ""}`);
}
