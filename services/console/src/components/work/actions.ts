import { useState } from "preact/hooks";
import { type Action, ProblemError, type Worked } from "../../api";
import type { Acknowledgement, Alert, Incident } from "../../contract";
import { useStore } from "../../store";

/** An alert or an incident, as what is done about it needs it. */
export interface Work {
  kind: Worked;
  id: string;
  /** Its last step that the operator saw. */
  number: number | undefined;
  isOpen: boolean;
  acknowledged: Acknowledgement | null;
  assignedTo: string | null;
}

export const workOfAlert = (alert: Alert, isOpen: boolean): Work => ({
  kind: "alerts",
  id: alert.id,
  number: alert.number,
  isOpen,
  acknowledged: alert.acknowledged,
  assignedTo: alert.assigned_to ?? null,
});

export const workOfIncident = (incident: Incident): Work => ({
  kind: "incidents",
  id: incident.id,
  number: incident.number,
  isOpen: incident.state === "open",
  acknowledged: incident.acknowledged,
  assignedTo: incident.assigned_to,
});

export interface Refusal {
  /** Somebody else was there before; what is shown has been read anew. */
  isConflict: boolean;
  detail: string;
}

export interface Acting {
  busy: boolean;
  refusal: Refusal | null;
  /** Take a step; true when it was taken. */
  act: (action: Action, form: { note?: string; to?: string | null }) => Promise<boolean>;
}

/** Steps on an alert or an incident, one at a time. `done` hears of each, and of each that was refused. */
export function useActing({ kind, id, number }: Work, done: () => void): Acting {
  const store = useStore();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const take = (found: Alert | Incident) => {
    if (kind === "alerts") store.live.alerts.take([found as Alert]);
    else store.live.work.take([found as Incident]);
  };
  const again = (): Promise<Alert | Incident> =>
    kind === "alerts" ? store.api.alert(id) : store.api.incident(id);
  const refused = async (error: unknown) => {
    const isConflict = error instanceof ProblemError && error.status === 409;
    setRefusal({ isConflict, detail: (error as Error).message });
    if (isConflict) await again().then(take, ignore);
  };
  const act: Acting["act"] = async (action, form) => {
    setBusy(true);
    setRefusal(null);
    try {
      take(await store.api.act(kind, id, action, number === undefined ? form : { ...form, number }));
      return true;
    } catch (error) {
      await refused(error);
      return false;
    } finally {
      setBusy(false);
      done();
    }
  };
  return { busy, refusal, act };
}

const ignore = () => undefined;

/** Why nothing can be done now; null when it can. */
export function useHindrance(): string | null {
  const store = useStore();
  const say = store.text.value;
  if (!store.mayOperate) return say.viewerCannot;
  return store.live.isStale.value ? say.staleCannot : null;
}
