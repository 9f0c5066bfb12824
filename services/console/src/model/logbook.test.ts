import { expect, it } from "vitest";
import type { HistoryEntry, Notification } from "../contract";
import { logOf, lookOfNote } from "./logbook";

const entry = (number: number, at: number): HistoryEntry => ({ number, at, change: "x" });
const notice = (id: string, created: number, delivered: number | null): Notification =>
  ({ id, created, delivered, state: "delivered" }) as Notification;

it("merges what happened and who was told, newest first", () => {
  const lines = logOf([entry(1, 10), entry(2, 30)], [notice("a", 20, 25), notice("b", 31, null)]);
  expect(lines.map(({ key }) => key)).toEqual(["notice b", "step 2", "notice a", "step 1"]);
});

it("puts the later of two at the same moment on top, and who was told above why", () => {
  const lines = logOf([entry(1, 10), entry(2, 10)], [notice("a", 10, 10)]);
  expect(lines.map(({ key }) => key)).toEqual(["notice a", "step 2", "step 1"]);
});

it("shows what is neither delivered, failed nor in a digest as under way", () => {
  expect(
    ["delivered", "failed", "digested", "waiting", "new"].map((state) => lookOfNote({ state }).icon),
  ).toEqual(["bell", "outage", "stack", "clock", "clock"]);
});
