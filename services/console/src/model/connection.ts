/** How far what is on the screen can be trusted. */
export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "reconnecting"; since: number }
  | { kind: "stale"; since: number | null };

/** A break shorter than this is a hiccup; a longer one makes everything on the page old. */
export const GRACE_MS = 5000;

export interface Contact {
  /** The stream is open. */
  open: boolean;
  /** When anything last came from the server (ms); null before the first time. */
  heard: number | null;
  /** When the present break began, or the first attempt (ms). */
  broken: number;
}

/**
 * Silence is unknown: without a stream the page is reconnecting, and soon stale since it last heard.
 * `now` and the contact's times are this computer's; `ahead` is how far the city's clock is ahead of it, and
 * `since` is by the city's.
 */
export function connectionAt(now: number, contact: Contact, ahead = 0): Connection {
  if (contact.open) return { kind: "live" };
  const fresh = now - contact.broken < GRACE_MS;
  if (contact.heard === null) return fresh ? { kind: "connecting" } : { kind: "stale", since: null };
  return { kind: fresh ? "reconnecting" : "stale", since: contact.heard + ahead };
}

/** How long to wait before the next attempt, in ms: 1, 2, 4 … 15 s. */
export const backoff = (attempt: number): number => Math.min(15_000, 1000 * 2 ** Math.min(attempt, 10));
