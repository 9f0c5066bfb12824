import { expect, it } from "vitest";
import { NO_DATA_FILTERS } from "./place";
import { outcomeOf, replayForm, selected, tallied } from "./quarantine";

const NOW = Date.parse("2026-11-21T05:30:42Z");
const why = { index: 0, code: "out_of_range", path: "pm25", value: -3, expected: "0 to 1000" };

it("asks for what still waits, from the beginning of a minute on", () => {
  expect(selected({ ...NO_DATA_FILTERS, device: "aq-01", period: "hour" }, NOW)).toEqual({
    replayed: false,
    device: "aq-01",
    start: "2026-11-21T04:30:00.000Z",
  });
});

it("takes again what is shown, and goes on where it left off", () => {
  const filters = { ...NO_DATA_FILTERS, device: "aq-01", problems: ["gaps"] as const };
  expect(replayForm(filters, "00ff", NOW, null)).toEqual({ cause: "00ff", device: "aq-01" });
  expect(replayForm(NO_DATA_FILTERS, "00ff", NOW, "01J")).toEqual({ cause: "00ff", cursor: "01J" });
});

it("reads a verdict", () => {
  expect(outcomeOf({ received: 0, accepted: 1, rejected: [] })).toEqual({ kind: "accepted" });
  expect(outcomeOf({ received: 0, accepted: 0, rejected: [why] })).toEqual({ kind: "refused", why });
});

it("adds up the answers", () => {
  const verdicts = [{ received: 0, accepted: 0, rejected: [why] }];
  const first = tallied(null, { replayed: 3, refused: 1, skipped: 0, remaining: 5, verdicts, next: "01J" });
  const last = tallied(first, {
    replayed: 4,
    refused: 0,
    skipped: 1,
    remaining: 0,
    verdicts: [],
    next: null,
  });
  expect(last).toEqual({ accepted: 7, refused: 1, skipped: 1, remaining: 0, why, next: null });
});
