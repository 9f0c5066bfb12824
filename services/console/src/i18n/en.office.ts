import type { KpiState, NoteState, PeriodKind, Trend } from "../contract.status";
import type { Gap } from "../model/notes";

const some = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

const kpiPeriods: Record<PeriodKind, string> = {
  day: "Day",
  week: "Week",
  month: "Month",
  quarter: "Quarter",
  year: "Year",
};

const kpiStates: Record<KpiState, string> = {
  met: "Met",
  missed: "Missed",
  in_band: "In its band",
  out_of_band: "Out of its band",
  no_target: "No target",
  not_enough_data: "Not enough data",
};

const trends: Record<Trend, string> = { better: "better", worse: "worse", same: "unchanged" };

const publicStates: Record<NoteState, string> = {
  investigating: "Investigating",
  identified: "Identified",
  monitoring: "Monitoring",
  resolved: "Resolved",
  planned: "Planned",
};

const noteGaps: Record<Gap, string> = {
  titleEn: "title in English",
  titleTh: "title in Thai",
  textEn: "text in English",
  textTh: "text in Thai",
};

/** What a better value does. */
const directions: Record<string, string> = {
  up: "higher is better",
  down: "lower is better",
  band: "best within its band",
};

export const enOffice = {
  kpiPeriods,
  kpiStates,
  trends,
  publicStates,
  noteGaps,
  directions,

  kpisTitle: "Indicators",
  period: "Period",
  earlier: "Earlier",
  laterPeriod: "Later",
  soFar: "so far",
  exportLabel: "Export",
  exportFormat: (format: string) => `Export as ${format}`,
  kpiScore: (good: number, of: number) => `${good} of ${of} targets reached`,
  kpiUnknown: (n: number) => `${n} without enough data`,
  noKpis: "No indicators are computed here",
  noKpisText: "A city's indicators are those of the catalogue and of its kpis.yaml.",
  kpi: "Indicator",
  target: "Target",
  acceptable: (limit: string) => `(${limit} acceptable)`,
  coverage: "Coverage",
  trend: "Trend",
  overTime: "Over time",
  aboutKpi: (name: string) => `Formula and source of ${name}`,
  formula: "Formula",
  source: "Source",
  unverified: "A default of the project, not checked against a published source.",
  direction: "Direction",
  samples: (n: string) => `${n} values`,
  previousWas: (value: string) => `before: ${value}`,
  coverageOnly: (share: string) => `Only ${share} of the expected data is there.`,
  noSamples: "There are no readings to compute it from.",
  compareZones: "Zones compared",
  noZoneValues: "It is not computed by zone.",
  kpiLine: (name: string, n: number) => `${name} over the last ${n} periods`,
  kpiGone: "There is no such indicator in this period.",
  wholeCity: "Whole city",
  noLine: "Too few periods have enough data to draw a line.",
  computing: "Computing earlier periods…",

  notesTitle: "Notes for the public",
  newNote: "New note",
  noNotes: "The public is told nothing at the moment",
  noNotesText: "A note stands on the status page, in both languages, as soon as it is written.",
  pastNotes: (n: number) => `${some(n, "note that is", "notes that are")} over`,
  noteTitle: "Title",
  noteText: "What to tell",
  inEnglish: "English",
  inThai: "ไทย",
  noteServices: "Services that it is about",
  noteDomain: "Domain",
  noteNoDomain: "none in particular",
  noteState: "State",
  preview: "As the public reads it",
  publish: "Publish",
  update: "Update",
  resolve: "Resolve",
  withdraw: "Withdraw",
  withdrawTitle: "Take this note off the public page?",
  withdrawText: "It stays in the records. A note about something that is over is better resolved.",
  noteBy: (name: string) => `by ${name}`,
  noteUpdated: (moment: string) => `updated ${moment}`,
  noPersonalData: "Anyone can read this. Write no names, telephone numbers or addresses of people.",
  noteBegins: "Begins",
  noteEnds: "Ends",
  aboutIncident: "Incident",
};
