import type { Mark } from "../model/why";

const kinds: Record<string, string> = {
  above: "Above",
  below: "Below",
  outside: "Outside",
  equals: "Equals",
  in: "One of",
  window: "Window",
  change: "Change",
  deviation: "Deviation",
  anomaly: "Anomaly",
  stuck: "Stuck",
  absent: "Silence",
  quorum: "Quorum",
  sequence: "Sequence",
  geofence: "Place",
  expr: "Expression",
  all: "All of",
  any: "Any of",
  not: "Not",
};

const aggregates: Record<string, string> = {
  mean: "mean",
  min: "lowest",
  max: "highest",
  sum: "sum",
  count: "number of readings",
  median: "median",
  p90: "90th percentile",
  p95: "95th percentile",
  stddev: "standard deviation",
  rate: "rate",
};

const days: Record<string, string> = {
  mon: "Mon",
  tue: "Tue",
  wed: "Wed",
  thu: "Thu",
  fri: "Fri",
  sat: "Sat",
  sun: "Sun",
};

const marks: Record<Mark, string> = { starts: "Began", fired: "Fired", ended: "Ended" };

const outcomes: Record<string, string> = {
  loaded: "taken over",
  unchanged: "nothing had changed",
  refused: "refused; the rules in force stayed as they were",
};

const fates: Record<string, string> = { added: "New", changed: "Changed", removed: "Gone", kept: "Kept" };

const some = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

/** What the page of the rules says, and the panel of an alert about its rule. */
export const enRules = {
  kinds,
  aggregates,
  days,
  marks,
  outcomes,
  fates,

  skipRules: "Skip to the rules",
  rulesTitle: "Rules",
  searchRules: "Search rules…",
  allKinds: "All kinds",
  filterKind: "Kind",
  filterMode: "Mode",
  modes: { live: "Live", shadow: "Shadow" },
  allModes: "Live and shadow",
  firesNow: "Fires now",
  noRules: "No rules are in force",
  noRuleMatch: "No rule matches the filters",
  firstRules: (n: number, of: number) =>
    `The first ${n.toLocaleString("en-GB")} of ${of.toLocaleString("en-GB")}. Search or filter to see the others.`,
  shadowNote: "Recorded, never announced.",
  firingCount: (n: number) => `${n.toLocaleString("en-GB")} firing`,
  pendingCount: (n: number) => `${n.toLocaleString("en-GB")} pending`,
  noneOpen: "none open",
  ruleGone: "No such rule is in force.",

  watches: "Watches",
  everyDevice: (type: string) => `every device of ${type}`,
  condition: "Fires when",
  levelsTitle: "Levels",
  holdsFor: "Held for",
  atOnce: "fires at once",
  heldFor: (span: string) => `for ${span}`,
  holdsForSpan: (span: string) => `fires once it has held for ${span}`,
  keepsFiring: "Keeps firing",
  keepsFiringSpan: (span: string) => `ends once it has been over for ${span}`,
  endsAtOnce: "ends as soon as it is over",
  scheduleTitle: "When",
  always: "at all times",
  onHolidays: { include: "", exclude: "not on public holidays", only: "on public holidays only" } as Record<
    string,
    string
  >,
  tariff: { "on-peak": "on-peak hours", "off-peak": "off-peak hours" } as Record<string, string>,
  onlyWhere: "Only where",
  whereZones: "zones",
  whereDevices: "devices",
  latenessTitle: "Waits for late readings",
  openAlerts: "Open alerts",
  evaluations: "Evaluations",
  ofGroup: (n: number, group: string) => `${n.toLocaleString("en-GB")} of the group ${group}`,
  sourceTitle: "Stands in",
  fromPack: (pack: string) => `library, pack ${pack}`,
  ofCity: "the city's own",
  version: "Version",
  versionInForce: "in force",
  versionOld: "the rule has changed since",
  versionGone: "the rule is no longer in force",

  valueNamed: "the value",
  aboveWords: (limit: string) => `above ${limit}`,
  belowWords: (limit: string) => `below ${limit}`,
  outsideWords: (low: string, high: string) => `outside ${low} to ${high}`,
  isWords: (value: string) => `is ${value}`,
  oneOfWords: (values: string) => `is one of ${values}`,
  clearsBelow: (limit: string) => `clears at ${limit} or below`,
  clearsAbove: (limit: string) => `clears at ${limit} or above`,
  clearsWithin: (low: string, high: string) => `clears within ${low} to ${high}`,
  windowOf: (agg: string, over: string, what: string) => `${over} ${agg} of ${what}`,
  windowShort: (agg: string, over: string) => `${over} ${agg}`,
  perWords: (span: string) => `per ${span}`,
  bucketsWords: "in whole periods",
  coverageWords: (share: string) => `at least ${share} of its readings there`,
  changeOf: (what: string, over: string) => `${what}: change within ${over}`,
  deviationOf: (what: string, agg: string, least: string) =>
    `${what} less the ${agg} of the other devices of its zone${least ? ` (at least ${least})` : ""}`,
  anomalyOf: (what: string) => `${what}: how unusual it is, 0 to 1,`,
  stuckFor: (what: string, over: string, tolerance: string) =>
    tolerance
      ? `${what} moves by no more than ${tolerance} within ${over}`
      : `${what} does not move within ${over}`,
  absentOf: {
    device: "of the device",
    zone: "of any device of the zone",
    service: "of any device of the service",
  } as Record<string, string>,
  nothingHeard: (of: string, after: string) => `nothing heard ${of} for ${after}`,
  threeIntervals: "three intervals",
  quorumAtLeast: (n: string) => `at least ${n} devices of a zone at once`,
  quorumShare: (share: string) => `at least ${share} of the devices of a zone at once`,
  withinRadius: (span: string) => `within ${span}`,
  first: (a: string, b: string, within: string) => `first ${a}, then ${b} within ${within}`,
  insideZone: (zone: string) => `it is in ${zone}`,
  outsideZone: (zone: string) => `it is outside ${zone}`,
  allOf: (rules: string) => `all of these fire: ${rules}`,
  anyOf: (rules: string) => `any of these fires: ${rules}`,
  notOf: (rule: string) => `${rule} does not fire`,
  yes: "true",
  no: "false",
  slots: {
    name: "name",
    device: "device",
    zone: "zone",
    city: "city",
    service: "service",
    severity: "severity",
    metric: "metric",
    unit: "unit",
    value: "value",
    threshold: "threshold",
    window: "window",
    after: "how long",
    expected: "expected",
    low: "lowest",
    high: "highest",
    reading: "reading",
    count: "number",
    total: "of how many",
    devices: "devices",
    rules: "rules",
    expr: "expression",
    geofence: "place",
  } as Record<string, string>,

  filesTitle: "Rule files",
  rulesInForce: (n: number) => `${some(n, "rule", "rules")} in force`,
  loadedAt: "In force since",
  lastReload: "Last reload",
  reloadedBy: (at: string, by: string) => `${at}, by ${by}`,
  neverReloaded: "none since the start",
  changesTitle: "What changed",
  keptCount: (n: number) => `${some(n, "rule", "rules")} kept, with their state`,
  packsTitle: "Packs of the library",
  cityFiles: "The city's files",
  noFiles: "none",
  reload: "Reload now",
  reloading: "Reading the files…",
  reloadRole:
    "Reloading takes an integrator's or an administrator's role. Saved files are taken over by themselves.",
  reloadNote: "Saved files are taken over by themselves, all of them or none.",
  reloaded: (added: number, changed: number, removed: number) =>
    added + changed + removed === 0
      ? "Done: nothing had changed."
      : `Done: ${added} new, ${changed} changed, ${removed} gone.`,
  mistakes: (n: number) => `${some(n, "mistake", "mistakes")} in the rule files`,
  mistakesText: "The rules in force stay as they were until all are mended.",
  allowed: (what: string) => `Allowed: ${what}`,

  comparisonTitle: "Beside the live rule",
  comparisonText: "The last seven days, beside",
  noComparison: "Names no rule to be compared with.",
  shadowColumn: "This one",
  liveColumn: "Live",
  firedTimes: "Fired",
  firedFor: "Firing time",
  both: "Both",
  onlyShadow: "Only this one",
  onlyLive: "Only the live one",

  scales: { score: "Score", devices: "Devices at once", readings: "Readings" },
  why: "Why did this fire?",
  coverageTitle: "Coverage",
  coverageShare: (share: string) => `${share} of the expected readings`,
  readingCount: (n: number) => some(n, "reading", "readings"),
  fromTo: (from: string, to: string) => `${from} to ${to}`,
  expectedTitle: "Expected",
  expectedBand: (value: string, low: string, high: string) => `${value}, from ${low} to ${high}`,
  scoreTitle: "Score",
  neighboursTitle: "Compared with",
  otherDevices: (n: number) => some(n, "other device", "other devices"),
  rulesBehind: "Rules",
  valuesTitle: "Values",
  oldestNewest: "From, to",
  expectedMark: (value: string) => `expected ${value}`,
  membersTitle: "Devices at once",
  membersOf: (n: number, of: number) => `${n.toLocaleString("en-GB")} of ${of.toLocaleString("en-GB")}`,
  ended: "What ended it",
  endedByItself: "The condition no longer held",
  endedAtValue: (value: string) => `it was ${value} then`,
  endedByHand: (name: string) => `Closed by ${name}`,
  stillFiring: "It has not ended.",
  showRule: "Show the rule",
};

/** What every language must say of the rules. */
export type RuleMessages = {
  [K in keyof typeof enRules]: (typeof enRules)[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : (typeof enRules)[K];
};
