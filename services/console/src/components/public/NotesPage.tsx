import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Note } from "../../contract.status";
import { said } from "../../model/labels";
import { type Draft, freshDraft, nextDraft, shelvedNotes } from "../../model/notes";
import { incidentAddress } from "../../model/place";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { Empty, moveWithArrows } from "../Alerts";
import { Asked } from "../Asked";
import { Dialog } from "../Dialog";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { Panel } from "../Panel";
import { ReportLink } from "../ReportLink";
import { useHindrance } from "../work/actions";
import { NoteDialog } from "./NoteDialog";
import { NoteMark, NoteView } from "./NoteView";

const ASK_MS = 30_000;

/** What the public is told, again whenever somebody tells more. */
export function useNotes() {
  const { api, live } = useStore();
  const polled = usePolled("notes", ASK_MS, () => api.notes());
  const noted = live.noted.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks when the stream tells of a note
  useEffect(() => {
    if (noted) polled.again();
  }, [noted]);
  return polled;
}

/** What stands on the public page in words: written, carried on and ended here. */
export function NotesPage(): JSX.Element {
  const { selection, text } = useStore();
  const say = text.value;
  const polled = useNotes();
  const [draft, setDraft] = useState<Draft | null>(null);
  const hindrance = useHindrance();
  const chosen = selection.value?.kind === "note" ? selection.value.id : null;
  const note = polled.value?.find(({ id }) => id === chosen);
  return (
    <main class="board notices-board public-board">
      <div class="data-main">
        <section class="card public-notes" id="public" tabIndex={-1} aria-label={say.notesTitle}>
          <div class="card-head">
            <h2>{say.notesTitle}</h2>
            <div class="standing-tools">
              <a class="chip" href="/status" target="_blank" rel="noopener">
                <Icon name="people" size={15} />
                {say.publicPage}
              </a>
              <button
                type="button"
                class="button"
                disabled={hindrance !== null}
                title={hindrance ?? undefined}
                onClick={() => setDraft(freshDraft())}
              >
                <Icon name="plus" size={17} />
                {say.newNote}
              </button>
            </div>
          </div>
          <div class="public-list">
            <Asked polled={polled}>{(notes) => <Shelves notes={notes} />}</Asked>
          </div>
        </section>
      </div>
      <aside class="side">
        <section class="card report-card" aria-label={say.monthReport}>
          <div class="card-head">
            <h2>{say.monthReport}</h2>
            <ReportLink />
          </div>
        </section>
        {note && <NotePanel key={note.id} note={note} write={setDraft} />}
      </aside>
      {draft && (
        <NoteDialog
          draft={draft}
          close={() => setDraft(null)}
          saved={({ id }) => {
            selection.value = { kind: "note", id };
          }}
        />
      )}
    </main>
  );
}

function Shelves({ notes }: { notes: Note[] }): JSX.Element {
  const say = useStore().text.value;
  const { open, over } = shelvedNotes(notes);
  return (
    <>
      {open.length === 0 && <Empty icon="operational" title={say.noNotes} detail={say.noNotesText} />}
      <NoteList notes={open} />
      {over.length > 0 && (
        <details class="older">
          <summary>{say.pastNotes(over.length)}</summary>
          <NoteList notes={over} />
        </details>
      )}
    </>
  );
}

function NoteList({ notes }: { notes: Note[] }): JSX.Element {
  return (
    <ul class="note-list" onKeyDown={moveWithArrows}>
      {notes.map((note) => (
        <NoteRow key={note.id} note={note} />
      ))}
    </ul>
  );
}

function NoteRow({ note }: { note: Note }): JSX.Element {
  const { live, lang, selection, text } = useStore();
  const isChosen = selection.value?.kind === "note" && selection.value.id === note.id;
  const at = toMs(note.updated_at) ?? live.now.value;
  const last = note.updates.at(-1);
  return (
    <li>
      <button
        type="button"
        class="note-row"
        data-note={note.id}
        aria-pressed={isChosen}
        onClick={() => {
          selection.value = isChosen ? null : { kind: "note", id: note.id };
        }}
      >
        <NoteMark state={note.state} lang={lang} />
        <span class="rule-what">
          <b>{said(note.title, lang)}</b>
          <span class="muted">{said(last?.text, lang)}</span>
        </span>
        <span class="muted">{text.value.ago(span(live.now.value - at, lang))}</span>
      </button>
    </li>
  );
}

function NotePanel({ note, write }: { note: Note; write: (draft: Draft) => void }): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const hindrance = useHindrance();
  const [withdrawing, setWithdrawing] = useState(false);
  const at = toMs(note.updated_at);
  const isOver = note.state === "resolved";
  return (
    <Panel
      label={said(note.title, lang)}
      head={
        <>
          <span class="panel-kind">
            <NoteMark state={note.state} lang={lang} />
            {at !== null && (
              <span class="muted">{say.noteUpdated(time.value.moment(at, live.now.value))}</span>
            )}
            {note.by && <span class="muted">{say.noteBy(note.by)}</span>}
          </span>
          <h2>{said(note.title, lang)}</h2>
        </>
      }
      foot={
        <div class="note-do">
          {hindrance && <p class="fine">{hindrance}</p>}
          <button
            type="button"
            class="button"
            disabled={hindrance !== null}
            onClick={() => write(nextDraft(note))}
          >
            <Icon name="comment" size={17} />
            {say.update}
          </button>
          {!isOver && (
            <button
              type="button"
              class="button is-primary"
              disabled={hindrance !== null}
              onClick={() => write(nextDraft(note, "resolved"))}
            >
              <Icon name="check" size={17} />
              {say.resolve}
            </button>
          )}
          <button
            type="button"
            class="button"
            disabled={hindrance !== null}
            onClick={() => setWithdrawing(true)}
          >
            <Icon name="close" size={17} />
            {say.withdraw}
          </button>
        </div>
      }
    >
      {note.incident && (
        <a class="device-link" href={incidentAddress(note.incident)}>
          {say.aboutIncident}
        </a>
      )}
      <NoteView note={note} lang="en" />
      <NoteView note={note} lang="th" />
      {withdrawing && <Withdraw note={note} close={() => setWithdrawing(false)} />}
    </Panel>
  );
}

function Withdraw({ note, close }: { note: Note; close: () => void }): JSX.Element {
  const { api, live, selection, text } = useStore();
  const say = text.value;
  const [failure, setFailure] = useState<string | null>(null);
  const go = async () => {
    try {
      await api.withdrawNote(note.id, note.number);
      live.toldNote();
      selection.value = null;
      close();
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  return (
    <Dialog title={say.withdrawTitle} close={close}>
      <div class="dialog-form">
        <p>{say.withdrawText}</p>
        {failure && (
          <p class="refusal" role="alert">
            {failure}
          </p>
        )}
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {say.cancel}
          </button>
          <button type="button" class="button is-primary" onClick={() => void go()}>
            {say.withdraw}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
