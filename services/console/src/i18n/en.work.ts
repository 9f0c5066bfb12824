import type { HoldKind } from "../contract";
import type { Repeat, Weekday } from "../model/recurrence";
import type { Duration, ScopeName } from "../model/silences";

const some = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${ending}`;
}

const holds: Record<HoldKind, string> = {
  silence: "Silence",
  maintenance: "Maintenance",
  inhibition: "Inhibited",
  cause: "Under its cause",
};

const scopes: Record<ScopeName, string> = {
  ruleDevice: "This rule on this device",
  device: "All of this device",
  ruleZone: "This rule in this zone",
  serviceZone: "This service in this zone",
  zone: "All of this zone",
  rule: "This rule everywhere",
  incident: "This incident",
  own: "Other…",
};

const durations: Record<Duration, string> = {
  "1h": "1 hour",
  "4h": "4 hours",
  morning: "Until 08:00",
  custom: "Other…",
};

const repeats: Record<Repeat, string> = {
  once: "Once",
  daily: "Every day",
  weekly: "Every week",
  monthly: "Every month",
};

const weekdays: Record<Weekday, string> = {
  MO: "Mon",
  TU: "Tue",
  WE: "Wed",
  TH: "Thu",
  FR: "Fri",
  SA: "Sat",
  SU: "Sun",
};

const noteStates: Record<string, string> = {
  waiting: "Waiting",
  delivered: "Delivered",
  failed: "Failed",
  digested: "In a digest",
};

const noteReasons: Record<string, string> = {
  firing: "it fired",
  severity: "its severity changed",
  resolved: "it is over",
  repeat: "nobody had acknowledged",
  escalation: "escalated: nobody had acknowledged",
  digest: "digest",
  test: "test",
};

const stages: Record<string, string> = {
  received_to_delivered: "Reading to alert",
  delivered_to_notified: "Alert to first told",
  delivered_to_acknowledged: "Alert to acknowledged",
};

/** What is said of working on alerts: incidents, actions, suppression, who is told. */
export const enWork = {
  holds,
  scopes,
  durations,
  repeats,
  weekdays,
  noteStates,
  noteReasons,
  stages,

  pageNames: {
    city: "City",
    services: "Services",
    kpis: "KPIs",
    data: "Data",
    rules: "Rules",
    silences: "Silences",
    notices: "Notices",
    public: "Public",
  },
  skipSilences: "Skip to the silences",
  skipNotices: "Skip to who is told",

  incidentsTitle: "Incidents",
  mineOnly: "Mine",
  suppressedCount: (n: number) => `${n.toLocaleString("en-GB")} suppressed`,
  suppressedNote: "These fire as well; only nobody outside is told of them.",
  nakhonItself: "Nakhon itself",
  assignedTo: (name: string) => `Assigned to ${name}`,
  onlyTheFirst: (n: number) =>
    `Only the first ${n.toLocaleString("en-GB")} are listed here. Filter, or work by incident.`,
  toIncidents: "Work by incident",
  showMore: "Show more",
  nthTime: (n: number) => `${ordinal(n)} time`,
  flapping: "Flapping",
  heldUntil: (time: string) => `Held open until ${time}`,
  underCause: "Under its cause",
  heldBy: (kind: string, by: string | null, until: string | null, reason: string) =>
    `${kind}${by ? ` by ${by}` : ""}${until ? ` until ${until}` : ""}${reason ? `: ${reason}` : ""}`,

  pickAlert: (title: string) => `Pick ${title}`,
  pickedCount: (n: number) => `${n.toLocaleString("en-GB")} picked`,
  pickAll: (n: number) => `All ${n.toLocaleString("en-GB")} shown`,
  pickNone: "None",
  acknowledgeMany: (n: number) => `Acknowledge ${n.toLocaleString("en-GB")}`,
  notAll: (n: number) => `${some(n, "was", "were")} not acknowledged.`,

  actionsTitle: "Actions",
  actions: {
    acknowledge: "Acknowledge",
    assign: "Assign",
    comment: "Comment",
    close: "Close",
    silence: "Silence…",
  },
  takeBack: "Take back",
  commentPlaceholder: "What is worth knowing",
  closePlaceholder: "Why it is over (needed)",
  closeNow: "Close it",
  assignPlaceholder: "Whose it is from now on",
  assignMe: "To me",
  assignNobody: "To nobody",

  logBook: "Log book",
  olderLines: (n: number) => `${n.toLocaleString("en-GB")} older`,
  actors: { rule: "the rules", nakhon: "Nakhon" },
  toldBy: (receiver: string, channel: string) => `${receiver} by ${channel}`,
  attempts: (n: number) => some(n, "attempt", "attempts"),
  lateTimes: { notified: "First told", acknowledged: "Acknowledged" },

  incident: "Incident",
  incidentGone: "This incident can't be loaded.",
  incidentsUnknown: "The incidents are unknown now",
  noIncidents: "No open incidents",
  noIncidentsText: "Alerts that belong together will stand here as one.",
  staleNoIncidents: "No open incidents when last heard",
  noIncidentMatch: "No open incident matches the filters",
  incidentStates: { open: "Open", resolved: "Resolved", merged: "Merged" },
  alertsOfIncident: (all: number, open: number) =>
    all === open
      ? some(all, "alert, open", "alerts, all open")
      : `${some(all, "alert", "alerts")}, ${open.toLocaleString("en-GB")} open`,
  alertCount: (n: number) => some(n, "alert", "alerts"),
  causeKnown: "Root cause known",
  rootCause: "Root cause",
  onceWas: (severity: string) => `it was ${severity} before`,
  mergedInto: "Its alerts went to another incident",
  itsAlerts: "Its alerts",
  overAlerts: (n: number) => `${n.toLocaleString("en-GB")} that are over`,
  partOf: "Part of",
  causedBy: "Caused by",
  anotherAlert: "another alert",

  floodTitle: "Alarm flood",
  floodSince: (time: string) => `Alarm flood since ${time}.`,
  floodCount: (n: string, span: string) => `${n} alerts in ${span}.`,
  floodMost: (what: string) => `Most: ${what}.`,
  floodNothingHidden: "Nothing is hidden.",

  nobodyTold: "Nobody outside is told.",
  showIt: "Show it",
  whoHears: "Who would hear of this?",
  whoHearsText: "If it fired now and nobody acknowledged it.",
  nobodyHears: "Nobody: no route takes it.",
  repeatsEvery: (span: string) => `Again every ${span} until somebody acknowledges.`,
  atOnceWord: "At once",
  afterSpan: (span: string) => `After ${span}`,
  noChannel: "cannot be reached: no channel",
  byRoute: (route: string) => `route ${route}`,

  silencesTitle: "Silences",
  silence: "Silence",
  newSilence: "New silence",
  changeSilence: "Change the silence",
  silenceText: "The alerts go on and stay on this page; only nobody outside is told.",
  whichAlerts: "Which alerts",
  asksNothing: "Say which alerts are meant.",
  wouldHold: (n: number) =>
    n === 0 ? "Would hold no alert now" : `Would hold ${some(n, "alert", "alerts")} now`,
  howLong: "For how long",
  untilTime: (time: string) => `Until ${time}`,
  fromLabel: "From",
  untilLabel: "Until",
  fromNow: "Empty: from now on",
  fromKept: "Empty: as it was",
  reason: "Reason",
  reasonPlaceholder: "Why nobody needs to be told",
  cancel: "Cancel",
  stillMissing: (what: string) => `Still missing: ${what}`,
  missing: { title: "what is done", which: "which alerts", when: "when", reason: "a reason" },
  beginSilence: "Silence",
  saveSilence: "Save",
  matcherFields: {
    rules: "rule",
    domains: "domain",
    zones: "zone",
    services: "service",
    devices: "device",
    severities: "severity",
    incidents: "incident",
    label: "label",
  },
  matcherExamples: {
    devices: "aq-01, aq-*",
    rules: "air-quality/*",
    zones: "samyan, yothi",
    services: "street-lights",
    labels: "feeder=fd-3",
  },
  matcherHint:
    "Alerts for which everything holds that is filled in. Several are separated by commas; * stands for anything.",
  everyAlert: "every alert",
  anySeverity: "Any severity",
  noSilences: "Nothing is silenced",
  noSilencesText: "Everybody hears of everything that they should.",
  pastSilences: (n: number) => `${n.toLocaleString("en-GB")} past`,
  silenceStates: { active: "Active", pending: "Coming", expired: "Over" },
  endsIn: (span: string) => `ends in ${span}`,
  beginsIn: (span: string) => `in ${span}`,
  endedEarly: (name: string) => `ended by ${name}`,
  holdsCount: (n: number) => `holds ${some(n, "alert", "alerts")}`,
  saidBy: "Set up by",
  endedByLabel: "Ended by",
  changeIt: "Change…",
  endNow: "End now",
  endNowText: "Whoever should hear of what still fires then is told.",
  heldNow: "Held back now",
  showInList: "In the list",
  nothingHeld: "Nothing is held back.",

  maintenanceTitle: "Maintenance",
  newMaintenance: "Plan maintenance",
  noMaintenance: "No maintenance is planned.",
  everyDay: (at: string, long: string) => `every day at ${at}, for ${long}`,
  everyWeek: (days: string, at: string, long: string) => `every ${days} at ${at}, for ${long}`,
  everyMonth: (day: number, at: string, long: string) =>
    `every month on the ${ordinal(day)} at ${at}, for ${long}`,
  onceFor: (long: string) => `once, for ${long}`,
  byRule: (rule: string, at: string, long: string) => `${rule} at ${at}, for ${long}`,
  underWay: "under way",
  isOver: "over",
  itsEnd: "its end",
  nextTime: "next time",
  nextTimes: "The next times",
  citysWindow: "It stands in the city's files: change it there.",
  recurrence: "Recurrence",
  timezoneLabel: "Time zone",
  endForGood: "End for good",
  endForGoodText: "Also every time to come. Whoever should hear of what still fires then is told.",
  windowTitle: "What is done",
  windowTitlePlaceholder: "Street lamps of Samyan: new feeder",
  windowReasonPlaceholder: "Who works, order number …",
  planIt: "Plan it",
  firstTimeLabel: "First time",
  lengthLabel: "For how many minutes",
  lengthHint: "120 is two hours",
  howOften: "How often",
  onDays: "On",
  timelineLabel: (n: number) =>
    `The next 14 days: ${some(n, "silence or maintenance window", "silences and maintenance windows")}`,

  receiversTitle: "Who is told",
  receiversRole: "Who is called, and over what, is shown to operators and administrators.",
  noReceivers: "Nobody outside is told of anything",
  noReceiversText: "No receivers are set up: alerts are on this page only.",
  channelStates: {
    ok: "Works",
    idle: "Not used yet",
    failing: "Fails",
    limited: "Held to its rate",
  } as Record<string, string>,
  nothingDelivered: "nothing delivered yet",
  lastDelivered: (time: string) => `last ${time}`,
  sendTest: "Send a test",
  testing: "Sending…",
  tested: (n: number) => (n === 0 ? "Under way" : `${n.toLocaleString("en-GB")} delivered`),
  noticesTitle: "Notifications",
  allStates: "All",
  noNotices: "Nothing to tell",
  deadlinesTitle: "How soon",
  lastWeek: "the last seven days",
  noDeadlines: "No alert fired.",
  half: "half",
  inTime: "in time",
};

/** What every language must say of working on alerts. */
export type WorkMessages = {
  [K in keyof typeof enWork]: (typeof enWork)[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : (typeof enWork)[K];
};
