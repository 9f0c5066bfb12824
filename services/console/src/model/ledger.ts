import { type Account, DOMAINS, type DomainId, type Ledger } from "../contract";

/** Where a reading that was received can be, in the order in which it is drawn. */
export const ENDS = ["stored", "duplicate", "quarantined", "pending"] as const;
export type End = (typeof ENDS)[number];

export interface AccountRow {
  /** What belongs to no domain is `unknown`. */
  domain: DomainId | "unknown";
  /** Null: nothing was ever received. */
  account: Account | null;
}

/** The seven domains in their order, and what belongs to none when there is any. */
export function accountRows(ledger: Ledger): AccountRow[] {
  const accounts = ledger.domains ?? {};
  const rows: AccountRow[] = DOMAINS.map((domain) => ({ domain, account: heard(accounts[domain]) }));
  const stray = heard(accounts.unknown);
  return stray ? [...rows, { domain: "unknown", account: stray }] : rows;
}

const heard = (account: Account | undefined): Account | null => (account?.received ? account : null);

/** The ends of an account as shares of what was received, those that are empty left out. */
export function shares(account: Account): { end: End; share: number }[] {
  const total = ENDS.reduce((sum, end) => sum + account[end], 0);
  return ENDS.filter((end) => account[end] > 0).map((end) => ({ end, share: account[end] / total }));
}

export type BrokerDrops =
  | { kind: "known"; dropped: number }
  /** It is connected and does not tell; or nothing is known of it, because it is away. */
  | { kind: "untold" }
  | { kind: "away" };

/** What the broker itself lost. Without a connection its last word is an old one. */
export function brokerDrops(ledger: Ledger): BrokerDrops {
  const { connected, dropped } = ledger.broker ?? {};
  if (connected === false) return { kind: "away" };
  return typeof dropped === "number" ? { kind: "known", dropped } : { kind: "untold" };
}
