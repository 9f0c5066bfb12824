import { expect, it } from "vitest";
import { troubleOf } from "./readiness";

it.each([
  ["broker: no answer: timed out", { part: "broker", detail: "no answer: timed out" }],
  ["journal: disk full", { part: "journal", detail: "disk full" }],
  ["going through the journal", { part: "start", detail: "" }],
  ["clock: went back", { part: "other", detail: "clock: went back" }],
  ["broker", { part: "other", detail: "broker" }],
])("takes %j apart", (reason, trouble) => {
  expect(troubleOf(reason)).toEqual(trouble);
});
