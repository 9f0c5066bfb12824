import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ProblemError } from "../../api";
import { DOMAINS, type DomainId, type Lang } from "../../contract";
import { NOTE_STATES_PUBLIC, type Note } from "../../contract.status";
import { said, words } from "../../model/labels";
import { type Draft, gapsOf, previewed } from "../../model/notes";
import { momentOf } from "../../model/wall";
import { useStore } from "../../store";
import { Choices, Dialog, Field, FormFoot, MomentField } from "../Dialog";
import { Icon } from "../Icon";
import { NoteView } from "./NoteView";

interface Editing {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

/** Tell the public something, or how it went on; beside the form stands what they will read. */
export function NoteDialog(props: {
  draft: Draft;
  close: () => void;
  saved?: (note: Note) => void;
}): JSX.Element {
  const { close, saved } = props;
  const store = useStore();
  const say = store.text.value;
  const [draft, setDraft] = useState(props.draft);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const send = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const note = await sent(store.api, draft, store.time.value.timezone);
      store.live.toldNote();
      saved?.(note);
      close();
    } catch (error) {
      const isLate = error instanceof ProblemError && error.status === 409;
      setFailure(`${isLate ? `${say.conflict}. ` : ""}${(error as Error).message}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={draft.note ? said(draft.note.title, store.lang) : say.newNote} close={close}>
      <form
        class="dialog-form note-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p class="fine">{say.noPersonalData}</p>
        <State draft={draft} change={change} />
        <Texts draft={draft} change={change} />
        {!draft.note && <About draft={draft} change={change} />}
        <Preview draft={draft} />
        <FormFoot
          close={close}
          missing={gapsOf(draft).map((gap) => say.noteGaps[gap])}
          busy={busy}
          failure={failure}
          icon="check"
          word={draft.note ? say.update : say.publish}
        />
      </form>
    </Dialog>
  );
}

function sent(api: ReturnType<typeof useStore>["api"], draft: Draft, timezone: string): Promise<Note> {
  const { note, text, state } = draft;
  if (note) {
    const number = note.number === undefined ? {} : { number: note.number };
    return api.updateNote(note.id, { state, text, ...number });
  }
  const moment = (wall: string) => {
    const ms = momentOf(wall, timezone);
    return ms === null ? null : new Date(ms).toISOString();
  };
  const { title, services, domain, incident, starts, ends } = draft;
  const planned = state === "planned" ? { starts_at: moment(starts), ends_at: moment(ends) } : {};
  return api.addNote({ title, text, state, services, domain, incident, ...planned });
}

function State({ draft, change }: Editing): JSX.Element {
  const say = useStore().text.value;
  return (
    <>
      <Choices
        label={say.noteState}
        options={NOTE_STATES_PUBLIC.map((state) => [state, say.publicStates[state]] as const)}
        value={draft.state}
        choose={(state) => change({ state })}
      />
      {draft.state === "planned" && !draft.note && (
        <div class="field-pair">
          <MomentField
            label={say.noteBegins}
            hint=""
            value={draft.starts}
            change={(starts) => change({ starts })}
          />
          <MomentField label={say.noteEnds} hint="" value={draft.ends} change={(ends) => change({ ends })} />
        </div>
      )}
    </>
  );
}

function Texts({ draft, change }: Editing): JSX.Element {
  const say = useStore().text.value;
  const tongues: [Lang, string][] = [
    ["en", say.inEnglish],
    ["th", say.inThai],
  ];
  return (
    <div class="field-pair">
      {tongues.map(([tongue, name]) => (
        <div key={tongue} class="note-tongue" lang={tongue}>
          {!draft.note && (
            <Field label={`${say.noteTitle} · ${name}`}>
              <input
                maxLength={200}
                value={draft.title[tongue]}
                onInput={(event) =>
                  change({ title: { ...draft.title, [tongue]: event.currentTarget.value } })
                }
              />
            </Field>
          )}
          <Field label={`${say.noteText} · ${name}`}>
            <textarea
              rows={4}
              maxLength={2000}
              value={draft.text[tongue]}
              onInput={(event) => change({ text: { ...draft.text, [tongue]: event.currentTarget.value } })}
            />
          </Field>
        </div>
      ))}
    </div>
  );
}

/** What the note is about: some services, or all of a domain. */
function About({ draft, change }: Editing): JSX.Element {
  const { live, lang, text } = useStore();
  const say = text.value;
  const services = live.domains.value?.flatMap((domain) => domain.services) ?? [];
  const toggle = (id: string) => {
    const without = draft.services.filter((one) => one !== id);
    change({ services: without.length < draft.services.length ? without : [...without, id] });
  };
  return (
    <>
      <fieldset class="field">
        <legend class="field-label">{say.noteServices}</legend>
        <div class="choices note-services">
          {services.map(({ id, name }) => {
            const isOn = draft.services.includes(id);
            return (
              <label key={id} class={isOn ? "chip is-on" : "chip"}>
                <input type="checkbox" class="hidden" checked={isOn} onChange={() => toggle(id)} />
                {isOn && <Icon name="check" size={14} />}
                {said(name, lang) || words(id)}
              </label>
            );
          })}
        </div>
      </fieldset>
      <Field label={say.noteDomain}>
        <select
          value={draft.domain ?? ""}
          onChange={(event) => change({ domain: (event.currentTarget.value || null) as DomainId | null })}
        >
          <option value="">{say.noteNoDomain}</option>
          {DOMAINS.map((domain) => (
            <option key={domain} value={domain}>
              {say.domains[domain]}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}

/** Both languages beside one another, as they will stand on the public page. */
function Preview({ draft }: { draft: Draft }): JSX.Element {
  const { live, text } = useStore();
  const note = previewed(draft, live.now.value);
  return (
    <section class="note-preview" aria-label={text.value.preview}>
      <h3>{text.value.preview}</h3>
      <div class="field-pair">
        <NoteView note={note} lang="en" />
        <NoteView note={note} lang="th" />
      </div>
    </section>
  );
}
