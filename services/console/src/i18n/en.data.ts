import type { ProblemName } from "../contract";
import type { Part } from "../model/readiness";

const codes: Record<string, string> = {
  malformed_json: "Not JSON",
  unsupported_payload: "No reading in it",
  bad_topic: "Not one of our topics",
  unknown_device: "Unknown device",
  device_disabled: "Device is disabled",
  wrong_zone: "Wrong zone, city or domain",
  unknown_type: "Unknown type, or not this device's",
  unknown_metric: "Unknown metric",
  missing_metric: "Metric is missing",
  wrong_type: "Wrong kind of value",
  out_of_range: "Out of range",
  bad_timestamp: "Time can't be read",
  future_time: "Time in the future",
  too_old: "Too old",
  too_large: "Too large",
  rate_limited: "Too many at once",
};

const problems: Record<ProblemName, string> = {
  stuck: "Stuck",
  clock: "Clock",
  incomplete: "Incomplete",
  gaps: "Gaps",
  refused: "Refused",
};

const parts: Record<Part, string> = {
  broker: "It hears no sensors",
  records: "It can't record alerts and refusals",
  journal: "It takes nothing in",
  start: "It is still going through its journal",
  other: "It can't do all of its work",
};

const some = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

/** What the page of the data says. */
export const enData = {
  codes,
  problems,
  parts,

  pages: "Pages",
  skipData: "Skip to the data",
  notReady: "Nakhon itself:",

  unknownNow: "Unknown now",
  asOf: (time: string) => `Below: as it was at ${time}.`,
  oneDevice: "One device…",
  onlyDevice: (device: string) => `Device ${device}`,
  showDevice: (device: string) => `Show the data of ${device} alone`,

  ledgerTitle: "Ledger",
  ledgerSince: (time: string) => `counted since ${time}`,
  everything: "All",
  noDomain: "No domain",
  nothingReceived: "nothing received yet",
  waitsTitle: "Waiting",
  waits: (n: number) => (n === 1 ? "reading waits for its store" : "readings wait for their store"),
  trendLabel: "Readings that waited over the last three minutes",
  growing: "growing: the store is slow or away",
  draining: "draining",
  steadyNone: "nothing piles up",
  steady: "not growing",
  brokerTitle: "Broker",
  brokerDropped: (n: number) =>
    n === 0 ? "dropped nothing by itself" : `${some(n, "message", "messages")} dropped by the broker itself`,
  brokerDroppedNote: "They never reached Nakhon, and are in no account.",
  brokerUntold: "Unknown what it dropped: this broker does not tell.",
  brokerAway: "Unknown what it drops: Nakhon is not connected to it.",

  refusedTitle: "Refused, by cause",
  refusedRole:
    "What devices sent may hold anything, so refused payloads are shown to integrators and administrators. The ledger tells how many there are.",
  causes: (n: number, more: boolean) => `${n.toLocaleString("en-GB")}${more ? "+" : ""}`,
  noCauses: "Nothing is refused",
  noCausesText: "No refused reading waits in quarantine.",
  noCausesMatch: "No refused reading matches the filters",
  count: "Count",
  cause: "Cause",
  expected: "Expected",
  contract: "Contract",
  devices: "Devices",
  lastTime: "Last",
  allCodes: "All causes",
  periods: { hour: "Last hour", day: "Last 24 hours" },
  anyTime: "Any time",
  filterCode: "Cause",
  filterPeriod: "Refused when",
  searchWords: "Search payloads…",
  exportAs: (format: string) => `Export as ${format}`,
  path: "Path",
  firstTime: "First",
  andMore: (n: number) => `and ${n.toLocaleString("en-GB")} more`,
  newestEntries: "Newest refusals",
  causeGone: "Nothing refused for this cause is kept any more.",
  noEntries: "All of them were taken again, or are kept no more.",
  payload: "Payload",
  noJson: "Shown as it came: it is no JSON, or too deep.",
  base64: "Not text: shown in base 64.",
  cutAt: (size: string) => `The beginning of ${size} bytes.`,
  notInPayload: (path: string) => `The mistake is not in the payload: ${path}`,
  moreLike: (n: number) => `stands for ${some(n, "further refusal like it", "further refusals like it")}`,
  takeAgain: "Take again",
  takingAgain: "Taking again…",
  takeAllAgain: "Take all again",
  takeRestAgain: (n: number) => `Go on with ${n.toLocaleString("en-GB")}`,
  takeAgainText: "After the type or the city's files were mended: through the same journey, each once.",
  takenAgain: "Accepted: it goes the way of every reading.",
  takenBefore: (time: string) => `Accepted after all at ${time}.`,
  refusedAgain: "Refused again",
  tally: (accepted: number, refused: number, skipped: number) =>
    [
      `${accepted.toLocaleString("en-GB")} accepted`,
      refused ? `${refused.toLocaleString("en-GB")} refused again` : "",
      skipped ? `${skipped.toLocaleString("en-GB")} can't be taken again` : "",
    ]
      .filter(Boolean)
      .join(", "),

  qualityTitle: "Quality of data",
  filterProblem: "Problem",
  filterZone: "Zone",
  allZones: "All zones",
  allGood: "Nothing is wrong",
  allGoodText: (n: number) =>
    n === 1
      ? "What the one device sent over the last day is complete, in time and moves."
      : `What ${n.toLocaleString("en-GB")} devices sent over the last day is complete, in time and moves.`,
  goodSoFar: "Nothing is known to be wrong, yet not all is known",
  nothingKnown: "Unknown: nothing can be told yet",
  noneOfThese: "No device has this problem",
  noSuchDevices: "There is no such device",
  unknownDevices: (n: number, of: string) =>
    `Of ${n.toLocaleString("en-GB")} of ${of} devices nothing can be told yet`,
  firstOnly: "Only the first are looked at.",
  complete: (share: string) => `${share} complete`,
  receivedOf: (n: number, of: number) =>
    `${n.toLocaleString("en-GB")} of ${some(of, "expected reading", "expected readings")}`,
  notTold: "can't be told yet",
  stuckSince: (metric: string, time: string) => `${metric} has not moved since ${time}`,
  clockAhead: (span: string) => `Clock ${span} ahead`,
  clockBehind: (span: string) => `Clock ${span} behind`,
  clockWrong: "Clock is wrong",
  clockDrifts: (span: string) => `moves ${span} a day`,
  gapCount: (n: number, longest: string) =>
    n === 1 ? `A gap of ${longest}` : `${n.toLocaleString("en-GB")} gaps, the longest ${longest}`,
  gapLast: (from: string, to: string) => `last ${from} to ${to}`,
  gapOpen: (from: string) => `silent since ${from}`,
  refusedCount: (n: number) => `${some(n, "reading", "readings")} refused`,
  nothingWrong: "Nothing is wrong.",
  moreDevices: "There are more: filter by zone or domain.",
};

/** What every language must say of the data. */
export type DataMessages = {
  [K in keyof typeof enData]: (typeof enData)[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : (typeof enData)[K];
};
