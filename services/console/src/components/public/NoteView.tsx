import type { JSX } from "preact";
import type { Lang } from "../../contract";
import type { Note, NoteState } from "../../contract.status";
import { messages } from "../../i18n";
import { said, words } from "../../model/labels";
import { toneOf, updatesOf } from "../../model/notes";
import { CityTime, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon, type IconName } from "../Icon";

const ICONS: Record<NoteState, IconName> = {
  investigating: "info",
  identified: "root",
  monitoring: "clock",
  resolved: "operational",
  planned: "maintenance",
};

/** A note's state as colour, icon and word. */
export function NoteMark({ state, lang }: { state: NoteState; lang: Lang }): JSX.Element {
  return (
    <span class={`mark tone-${toneOf(state)}`}>
      <Icon name={ICONS[state] ?? "info"} size={16} />
      <span>{messages(lang).publicStates[state] ?? words(state)}</span>
    </span>
  );
}

/** A note as the public reads it, in one language, the newest first. */
export function NoteView({ note, lang }: { note: Note; lang: Lang }): JSX.Element {
  const store = useStore();
  const domains = store.live.domains.value ?? [];
  const services = domains
    .flatMap((domain) => domain.services)
    .filter(({ id }) => note.services.includes(id));
  const say = messages(lang);
  const names = services.map(({ id, name }) => said(name, lang) || words(id));
  const about = [...names, ...(note.domain ? [say.domains[note.domain]] : [])];
  return (
    <article class="public-note" lang={lang}>
      <h4>{note.title[lang] || "…"}</h4>
      {about.length > 0 && <p class="fine">{about.join(" · ")}</p>}
      <When note={note} lang={lang} />
      <ol>
        {updatesOf(note)
          .reverse()
          .map((update) => (
            <li key={String(update.at)}>
              <p class="panel-kind">
                <NoteMark state={update.state} lang={lang} />
                <Moment at={toMs(update.at)} lang={lang} />
              </p>
              <p class="public-note-text">{update.text[lang] || "…"}</p>
            </li>
          ))}
      </ol>
    </article>
  );
}

function When({ note, lang }: { note: Note; lang: Lang }): JSX.Element | null {
  const [starts, ends] = [toMs(note.starts_at), toMs(note.ends_at)];
  if (starts === null && ends === null) return null;
  return (
    <p class="fine">
      <Moment at={starts} lang={lang} /> – <Moment at={ends} lang={lang} />
    </p>
  );
}

function Moment({ at, lang }: { at: number | null; lang: Lang }): JSX.Element | null {
  const { live, time } = useStore();
  if (at === null) return null;
  const city = new CityTime(lang, time.value.timezone);
  return <time class="muted">{city.moment(at, live.now.value)}</time>;
}
