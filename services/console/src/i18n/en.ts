import type { DomainId, Role, Severity, Status, TimeName } from "../contract";
import { enData } from "./en.data";
import { enOffice } from "./en.office";
import { enRules } from "./en.rules";
import { enStatus } from "./en.status";
import { enWork } from "./en.work";

const statuses: Record<Status, string> = {
  operational: "Operational",
  degraded: "Degraded",
  outage: "Outage",
  maintenance: "Maintenance",
  unknown: "Unknown",
};

const severities: Record<Severity, string> = {
  critical: "Critical",
  major: "Major",
  minor: "Minor",
  warning: "Warning",
};

const domains: Record<DomainId, string> = {
  environment: "Environment",
  mobility: "Mobility",
  energy: "Energy",
  living: "Living",
  people: "People",
  governance: "Governance",
  economy: "Economy",
};

const roles: Record<Role, string> = {
  viewer: "Viewer",
  operator: "Operator",
  integrator: "Integrator",
  admin: "Administrator",
};

const times: Record<TimeName, string> = {
  taken: "Taken",
  received: "Received",
  fired: "Fired",
  persisted: "Persisted",
  delivered: "Delivered",
};

const changes: Record<string, string> = {
  pending: "Condition began",
  firing: "Fired",
  severity: "Severity changed",
  resolved: "Resolved",
  acknowledged: "Acknowledged",
  assigned: "Assigned",
  commented: "Comment",
  closed: "Closed by hand",
  unacknowledged: "Acknowledgement taken back",
  reopened: "Fired again",
  recurred: "Fired again",
  flapping: "Began to flap",
  held: "Held open",
  joined: "Joined an incident",
  caused: "Cause found",
  suppressed: "Suppressed",
  unsuppressed: "No longer suppressed",
};

const some = (n: number, one: string, many: string): string =>
  `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;

export const en = {
  ...enData,
  ...enRules,
  ...enWork,
  ...enStatus,
  ...enOffice,
  statuses,
  severities,
  domains,
  roles,
  times,
  changes,
  product: "Nakhon",
  tagline: "The city, as it is now",
  skip: "Skip to open alerts",
  close: "Close",
  retry: "Try again",
  loading: "Loading…",

  live: "Live",
  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  staleSince: (time: string) => `Stale since ${time}`,
  unreachable: "No connection",
  staleBanner: (time: string) =>
    `The connection was lost. Everything here is as it was at ${time}; what has happened since is unknown.`,
  neverConnected: "The live stream can't be reached. What is shown may be old.",
  unreachableTitle: "Nakhon does not answer",
  unreachableText: "The page can't reach its server. It keeps trying.",

  language: "ไทย",
  languageLabel: "เปลี่ยนเป็นภาษาไทย",
  themeDark: "Theme: dark",
  themeLight: "Theme: light",
  themeSystem: "Theme: as the system",
  soundOn: "Sound on critical alerts: on",
  soundOff: "Sound on critical alerts: off",
  signedInAs: (name: string, role: string) => `Signed in as ${name}, ${role}`,
  signOut: "Sign out",

  signInTitle: "Sign in",
  signInText: "Enter the token that you were given.",
  token: "Token",
  signIn: "Sign in",
  signingIn: "Signing in…",
  signInRefused: "This token is not valid, or has expired.",
  signInHintDemo: "Just trying it out? `nakhon demo` prints a login link when it starts: open that.",
  signInHintToken: "Running a city? `nakhon tokens add --role operator` makes a token.",

  domainsTitle: "Domains",
  since: (time: string) => `since ${time}`,
  forSpan: (span: string) => `for ${span}`,
  forShort: (span: string) => `for ${span}`,
  ago: (span: string) => `${span} ago`,
  reporting: (n: number, of: number) => `${n} of ${of} reporting`,
  noDevices: "no devices",
  freshest: (span: string) => `newest ${span} ago`,
  neverHeard: "nothing heard yet",
  openAlertCount: (n: number) => (n === 0 ? "no open alerts" : some(n, "open alert", "open alerts")),
  noReason: "Every service reports as it should.",
  noServiceReason: "Reports as it should.",
  services: "Services",
  noServices: "No services are set up in this domain, so its state is unknown.",
  objective: (target: string, window: string) => `Objective ${target} over ${window}`,
  attained: (share: string) => `attained ${share}`,
  notYetMeasured: "not yet measured",
  budgetLeft: (share: string) => `error budget left ${share}`,
  budgetSpent: "error budget spent",
  showDomainAlerts: (n: number) => (n === 1 ? "Show its open alert" : `Show its ${n} open alerts`),
  status: "Status",

  alertsTitle: "Open alerts",
  showing: (n: number | string, of: number | string) => `${n} of ${of}`,
  quiet: "No open alerts: all quiet",
  quietText: "Every domain is being heard, and no rule fires.",
  notQuiet: "No open alerts, yet not all is known",
  notQuietText: (names: string) => `Unknown: ${names}. Silence is not an all-clear.`,
  staleQuiet: "No open alerts when last heard",
  noMatch: "No open alert matches the filters",
  clearFilters: "Clear filters",
  filterSeverity: "Severity",
  filterDomain: "Domain",
  allDomains: "All domains",
  zoneFilter: (zone: string) => `Zone: ${zone}`,
  removeFilter: (name: string) => `Remove filter ${name}`,
  unacknowledgedOnly: "Unacknowledged",
  worstFirst: "Worst first",
  severity: "Severity",
  alert: "Alert",
  sinceColumn: "Since",
  handling: "Handling",
  unacknowledged: "Unacknowledged",
  acknowledgedBy: (name: string) => `Acknowledged by ${name}`,
  acknowledgedAs: (name: string) => name,
  resolved: "Resolved",
  firing: "Firing",
  criticalAnnounce: (title: string) => `Critical alert: ${title}`,

  evidence: "Evidence",
  value: "Value",
  threshold: "Threshold",
  window: "Window",
  thresholdLine: (value: string) => `threshold ${value}`,
  chartLabel: (metric: string, device: string) => `${metric} of ${device} over time`,
  noReadings: "No readings to draw.",
  readingsFailed: "The readings could not be loaded.",
  journey: "The reading's journey",
  delay: (span: string) => `delivered ${span} after it was due`,
  advice: "What to do",
  history: "History",
  noHistory: "Nothing yet.",
  rule: "Rule",
  zone: "Zone",
  device: "Device",
  domain: "Domain",
  wholeZone: "whole zone",
  state: "State",
  note: "Note",
  notePlaceholder: "What you know, or will do (optional)",
  acknowledge: "Acknowledge",
  acknowledging: "Acknowledging…",
  acknowledgedTitle: (name: string, time: string) => `Acknowledged by ${name} at ${time}`,
  viewerCannot: "Viewers can look; acknowledging takes an operator's role.",
  staleCannot: "Not possible while the connection is lost.",
  conflict: "Somebody was faster",
  failed: "That did not work",
  alertGone: "This alert can't be loaded.",
  severityTo: (severity: string) => `now ${severity}`,

  mapTitle: "Zones",
  zoneLoad: (zone: string, n: number, worst: string) =>
    n === 0 ? `${zone}: no open alerts` : `${zone}: ${some(n, "open alert", "open alerts")}, worst ${worst}`,
  zonesQuiet: "no open alert",
  deviceDot: "device (lights up as it reports)",
  noZones: "No zones are set up.",

  pulseTitle: "Pulse",
  perSecond: "readings per second",
  within: (n: string, span: string) => `${n} in the last ${span}`,
  received: "received",
  stored: "stored",
  duplicate: "duplicate",
  quarantined: "quarantined",
  inWork: "pending",
  addsUp: "The ledger adds up",
  addsNotUp: "The ledger does not add up",
  follow: "Follow one device…",
  unfollow: (device: string) => `Stop following ${device}`,
  noSuchDevice: "No such device",
  latestReadingsOf: (device: string) => `Latest readings of ${device}`,
  latestReadings: "Latest readings",
  noReadingsYet: "No reading has arrived yet.",
  rateLabel: "Readings per second over the last three minutes",
};

/** What every language must say. Functions take the same arguments everywhere. */
export type Messages = {
  [K in keyof typeof en]: (typeof en)[K] extends (...args: infer A) => string
    ? (...args: A) => string
    : (typeof en)[K];
};
