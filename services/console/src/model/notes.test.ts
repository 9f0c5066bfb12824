import { describe, expect, it } from "vitest";
import type { Note, NoteState } from "../contract.status";
import { freshDraft, gapsOf, nextDraft, previewed, shelvedNotes, toneOf } from "./notes";

const note = (id: string, state: NoteState, updated: number): Note => ({
  id,
  created_at: 0,
  updated_at: updated,
  state,
  title: { en: id, th: id },
  services: ["parking"],
  domain: "mobility",
  incident: null,
  updates: [
    { at: 20, state, text: { en: "second", th: "สอง" } },
    { at: 10, state: "investigating", text: { en: "first", th: "หนึ่ง" } },
  ],
});

it("names what is still to be written, in both languages", () => {
  expect(gapsOf(freshDraft())).toEqual(["titleEn", "titleTh", "textEn", "textTh"]);
  const half = { ...freshDraft(), title: { en: "Lights", th: "ไฟ" }, text: { en: "  ", th: "มืด" } };
  expect(gapsOf(half)).toEqual(["textEn"]);
});

it("goes on with a note as it stands, and only its text is to be written", () => {
  const draft = nextDraft(note("a", "identified", 20), "resolved");
  expect(draft).toMatchObject({ state: "resolved", services: ["parking"], domain: "mobility" });
  expect(gapsOf(draft)).toEqual(["textEn", "textTh"]);
});

it("shows what the public would read, the steps in order", () => {
  const draft = { ...nextDraft(note("a", "identified", 20)), text: { en: "third", th: "สาม" } };
  const seen = previewed(draft, 30);
  expect(seen.updates.map(({ text }) => text.en)).toEqual(["first", "second", "third"]);
  expect(previewed(freshDraft(["parking"]), 30)).toMatchObject({ services: ["parking"], created_at: 30 });
});

describe("the shelves", () => {
  it("hold what goes on, newest first and planned work last, apart from what is over", () => {
    const all = [
      note("planned", "planned", 90),
      note("old", "investigating", 10),
      note("over", "resolved", 99),
      note("new", "monitoring", 50),
    ];
    const { open, over } = shelvedNotes(all);
    expect(open.map(({ id }) => id)).toEqual(["new", "old", "planned"]);
    expect(over.map(({ id }) => id)).toEqual(["over"]);
  });
});

it("takes a state that it does not know for something to look at", () => {
  expect(toneOf("resolved")).toBe("operational");
  expect(toneOf("pondering" as NoteState)).toBe("degraded");
});
