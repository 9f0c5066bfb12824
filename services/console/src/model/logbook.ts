import type { HistoryEntry, Notification } from "../contract";
import { toMs } from "./time";

export type LogLine =
  | { kind: "step"; at: number; key: string; entry: HistoryEntry }
  | { kind: "notice"; at: number; key: string; notice: Notification };

/** What happened and who was told of it, newest first. */
export function logOf(history: readonly HistoryEntry[], notices: readonly Notification[] = []): LogLine[] {
  const steps = history.map<LogLine>((entry, i) => ({
    kind: "step",
    at: toMs(entry.at) ?? 0,
    key: `step ${entry.number ?? i}`,
    entry,
  }));
  const told = notices.map<LogLine>((notice, i) => ({
    kind: "notice",
    at: toMs(notice.delivered) ?? toMs(notice.created) ?? 0,
    key: `notice ${notice.id ?? i}`,
    notice,
  }));
  // Of the same moment the later step stands above; a notification follows from the step before it.
  return [...steps, ...told]
    .map((line, order) => ({ line, order }))
    .sort((a, b) => b.line.at - a.line.at || b.order - a.order)
    .map(({ line }) => line);
}

export interface NoteLook {
  tone: "operational" | "degraded" | "outage" | "unknown";
  icon: "bell" | "clock" | "outage" | "stack";
}

const LOOKS: Record<string, NoteLook> = {
  delivered: { tone: "operational", icon: "bell" },
  failed: { tone: "outage", icon: "outage" },
  digested: { tone: "unknown", icon: "stack" },
};

/** How a notification is doing: it went through, not at all, told together with others, or on its way. */
export const lookOfNote = ({ state }: Pick<Notification, "state">): NoteLook =>
  LOOKS[state] ?? { tone: "degraded", icon: "clock" };
