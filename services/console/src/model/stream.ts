import type { Alert, DomainStatus, Reading } from "../contract";

/** An alert as the stream tells it: bare, or with the step that changed it. */
export function alertIn(data: unknown): Alert | null {
  const inner = nested(data, "alert");
  return inner && typeof inner.id === "string" ? (inner as unknown as Alert) : null;
}

/** A domain status as the stream tells it, bare or wrapped. */
export function domainIn(data: unknown): DomainStatus | null {
  const inner = nested(data, "domain");
  return inner && typeof inner.domain === "string" ? (inner as unknown as DomainStatus) : null;
}

/** Readings as the stream tells them: one, an array, or `items`. */
export function readingsIn(data: unknown): Reading[] {
  const list = Array.isArray(data) ? data : isRecord(data) && Array.isArray(data.items) ? data.items : [data];
  return list.filter((item): item is Reading => isRecord(item) && isRecord(item.values));
}

/** The text of an event as data; null when it is none. */
export function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type Fields = Record<string, unknown>;

const isRecord = (data: unknown): data is Fields =>
  typeof data === "object" && data !== null && !Array.isArray(data);

function nested(data: unknown, key: string): Fields | null {
  if (!isRecord(data)) return null;
  const inner = data[key];
  return isRecord(inner) ? inner : data;
}
