import type { DomainStatus } from "../contract";
import type { Connection } from "./connection";
import { rankOf } from "./standing";

/** What the mayor's screen has to say before all else. */
export type WallSays =
  | { kind: "waiting" }
  /** Nothing on it can be trusted; `since` is of when it is (ms), null: it was never true. */
  | { kind: "stale"; since: number | null }
  | { kind: "well" }
  | { kind: "trouble"; domains: number };

/** Silence is said louder than anything that was known before it. */
export function wallSays(connection: Connection, domains: readonly DomainStatus[] | null): WallSays {
  if (connection.kind === "stale") return { kind: "stale", since: connection.since };
  if (!domains) return { kind: "waiting" };
  const troubled = domains.filter(({ status }) => rankOf(status) < rankOf("maintenance")).length;
  return troubled ? { kind: "trouble", domains: troubled } : { kind: "well" };
}
