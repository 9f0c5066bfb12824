import type { Alert, DomainStatus, Flood, Incident, Reading, Service } from "../contract";

/** An alert as the stream tells it: bare, or beside the step that changed it. */
export const alertIn = (data: unknown): Alert | null => withStep<Alert>(data, "alert");

/** An incident as the stream tells it, bare or beside its step. */
export const incidentIn = (data: unknown): Incident | null => withStep<Incident>(data, "incident");

/** A flood as the stream tells it, bare or wrapped. */
export function floodIn(data: unknown): Flood | null {
  const inner = nested(data, "flood");
  return inner && typeof inner.id === "string" ? (inner as unknown as Flood) : null;
}

/** A domain status as the stream tells it, bare or wrapped. */
export function domainIn(data: unknown): DomainStatus | null {
  const inner = nested(data, "domain");
  return inner && typeof inner.domain === "string" ? (inner as unknown as DomainStatus) : null;
}

/** A service as the stream tells it, bare or wrapped. */
export function serviceIn(data: unknown): Service | null {
  const inner = nested(data, "service");
  const isWhole = inner && typeof inner.id === "string" && typeof inner.status === "string";
  return isWhole && isRecord(inner.evidence) ? (inner as unknown as Service) : null;
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

/** What stands under a key, with the step and its number where they stand beside it. */
function withStep<T>(data: unknown, key: string): T | null {
  const inner = nested(data, key);
  if (!inner || typeof inner.id !== "string" || !isRecord(data)) return null;
  const step = Object.entries({ change: data.change, number: data.number });
  return { ...inner, ...Object.fromEntries(step.filter(([, told]) => told !== undefined)) } as T;
}

function nested(data: unknown, key: string): Fields | null {
  if (!isRecord(data)) return null;
  const inner = data[key];
  return isRecord(inner) ? inner : data;
}
