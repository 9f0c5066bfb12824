import { expect, it } from "vitest";
import { en } from "./en";
import { th } from "./th";

const groups = [
  "statuses",
  "severities",
  "domains",
  "roles",
  "times",
  "changes",
  "codes",
  "problems",
  "parts",
  "pageNames",
  "kinds",
  "aggregates",
  "days",
  "marks",
  "outcomes",
  "fates",
  "slots",
  "absentOf",
  "holds",
  "scopes",
  "durations",
  "repeats",
  "weekdays",
  "noteStates",
  "noteReasons",
  "stages",
  "actions",
  "actors",
  "lateTimes",
  "incidentStates",
  "matcherFields",
  "silenceStates",
  "channelStates",
  "missing",
] as const;

it("says everything in Thai that it says in English", () => {
  expect(Object.keys(th).sort()).toEqual(Object.keys(en).sort());
  for (const group of groups) expect(Object.keys(th[group])).toEqual(Object.keys(en[group]));
});

it("says it in Thai letters", () => {
  const texts = [...groups.flatMap((group) => Object.values(th[group])), th.quiet, th.notQuiet, th.conflict];
  for (const text of texts) expect(text).toMatch(/[\u0E00-\u0E7F]/);
});
