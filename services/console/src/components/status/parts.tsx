import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Instant, Service } from "../../contract";
import type { SubjectKind, UptimeDay } from "../../contract.status";
import { said } from "../../model/labels";
import { span, toMs } from "../../model/time";
import { useStore } from "../../store";
import { usePolled } from "../hooks";

const UPTIME_MS = 120_000;
export const DAYS = 90;

/** For how long, and since when for who points at it. */
export function Since({ since }: { since: Instant | null | undefined }): JSX.Element | null {
  const { live, lang, text, time } = useStore();
  const at = toMs(since);
  if (at === null) return null;
  const now = live.now.value;
  return (
    <span class="muted" title={text.value.since(time.value.moment(at, now))}>
      {text.value.forSpan(span(now - at, lang))}
    </span>
  );
}

/** How much hangs on a service, and who answers for it. What is normal needs no word. */
export function Whose({ service, whole }: { service: Service; whole?: boolean }): JSX.Element | null {
  const { lang, text } = useStore();
  const { criticality, owner } = service;
  const say = text.value;
  const weight =
    criticality && (whole || criticality !== "normal")
      ? (say.criticalities[criticality] ?? criticality)
      : null;
  const name = said(owner, lang);
  if (!weight && !name) return null;
  return (
    <span class="whose">
      {weight && <span class={`weight is-${criticality}`}>{weight}</span>}
      {name && <span class="muted">{whole ? say.ownedBy(name) : name}</span>}
    </span>
  );
}

/** The last days of a service, zone or domain; again when statuses move. */
export function useUptime(kind: SubjectKind, id: string) {
  const { api } = useStore();
  return useMoving(
    usePolled<UptimeDay[]>(`uptime ${kind} ${id}`, UPTIME_MS, () => api.uptime(kind, id, DAYS)),
  );
}

/** Asks again whenever a status has moved; in a storm no more often than the server bears. */
export function useMoving<T extends { look: () => void }>(polled: T): T {
  const { live } = useStore();
  const moved = live.moved.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks when the stream tells of a change
  useEffect(() => {
    if (moved) polled.look();
  }, [moved]);
  return polled;
}
