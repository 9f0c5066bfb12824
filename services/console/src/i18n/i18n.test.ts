import { expect, it } from "vitest";
import { en } from "./en";
import { enData } from "./en.data";
import { enOffice } from "./en.office";
import { enRules } from "./en.rules";
import { enStatus } from "./en.status";
import { enWork } from "./en.work";
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
  "criticalities",
  "dayLooks",
  "facts",
  "faults",
  "ruleOutcomes",
  "joins",
  "comparisons",
  "kpiPeriods",
  "kpiStates",
  "trends",
  "publicStates",
  "noteGaps",
  "directions",
] as const;

it("says everything in Thai that it says in English", () => {
  expect(Object.keys(th).sort()).toEqual(Object.keys(en).sort());
  for (const group of groups) expect(Object.keys(th[group])).toEqual(Object.keys(en[group]));
});

it("has each text in one place: a later one would take the place of an earlier one unseen", () => {
  const keys = [enData, enRules, enWork, enStatus, enOffice].flatMap((part) => Object.keys(part));
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

it("says it in Thai letters", () => {
  const texts = [...groups.flatMap((group) => Object.values(th[group])), th.quiet, th.notQuiet, th.conflict];
  for (const text of texts) expect(text).toMatch(/[\u0E00-\u0E7F]/);
});
