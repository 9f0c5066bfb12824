import type { Text } from "../contract";
import type { NewNote, Note, NoteState } from "../contract.status";
import { toMs } from "./time";

/** A note as it is being written. */
export interface Draft extends NewNote {
  /** The note that goes on; null for a new one. */
  note: Note | null;
  /** Of planned work, as the city's clocks show it (`2026-01-05T01:00`); empty while nothing is said. */
  starts: string;
  ends: string;
}

export const EMPTY: Text = { en: "", th: "" };

export const freshDraft = (services: readonly string[] = [], incident: string | null = null): Draft => ({
  note: null,
  title: EMPTY,
  text: EMPTY,
  state: "investigating",
  services: [...services],
  domain: null,
  incident,
  starts: "",
  ends: "",
});

/** How an open note goes on: as it stands, with nothing said yet. */
export const nextDraft = (note: Note, state: NoteState = note.state): Draft => ({
  note,
  title: note.title,
  text: EMPTY,
  state,
  services: note.services,
  domain: note.domain,
  incident: note.incident,
  starts: "",
  ends: "",
});

export type Gap = "titleEn" | "titleTh" | "textEn" | "textTh";

/** What is still to be written. The public reads both languages. */
export function gapsOf({ title, text }: Pick<Draft, "title" | "text">): Gap[] {
  const written: [Gap, string][] = [
    ["titleEn", title.en],
    ["titleTh", title.th],
    ["textEn", text.en],
    ["textTh", text.th],
  ];
  return written.filter(([, words]) => !words.trim()).map(([gap]) => gap);
}

/** What the public would read: the note with the step that is being written on top. */
export function previewed(draft: Draft, now: number): Note {
  const step = { at: now, state: draft.state, text: draft.text };
  const { note } = draft;
  return {
    id: note?.id ?? "",
    created_at: note?.created_at ?? now,
    updated_at: now,
    state: draft.state,
    title: draft.title,
    services: draft.services,
    domain: draft.domain,
    incident: draft.incident,
    updates: [...updatesOf(note), step],
  };
}

/** Newest last, as they were written. */
export const updatesOf = (note: Note | null): Note["updates"] =>
  [...(note?.updates ?? [])].sort((a, b) => (toMs(a.at) ?? 0) - (toMs(b.at) ?? 0));

/** Those that go on, what is planned last; and those that are over. Newest first. */
export function shelvedNotes(notes: readonly Note[]): { open: Note[]; over: Note[] } {
  const newest = [...notes].sort((a, b) => (toMs(b.updated_at) ?? 0) - (toMs(a.updated_at) ?? 0));
  const isPlanned = ({ state }: Note) => state === "planned";
  const open = newest.filter(({ state }) => state !== "resolved");
  return {
    open: [...open.filter((note) => !isPlanned(note)), ...open.filter(isPlanned)],
    over: newest.filter(({ state }) => state === "resolved"),
  };
}

const TONES: Record<NoteState, "outage" | "degraded" | "maintenance" | "operational"> = {
  investigating: "outage",
  identified: "degraded",
  monitoring: "maintenance",
  resolved: "operational",
  planned: "maintenance",
};

/** The status that a note's state looks like; a server's own state is something to look at. */
export const toneOf = (state: NoteState): (typeof TONES)[NoteState] => TONES[state] ?? "degraded";
