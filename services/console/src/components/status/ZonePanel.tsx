import type { JSX } from "preact";
import type { ZoneService, ZoneStatus } from "../../contract.status";
import { said, sentence } from "../../model/labels";
import { rankOf, serviceIn } from "../../model/standing";
import { useStore } from "../../store";
import { Asked } from "../Asked";
import { usePolled } from "../hooks";
import { Icon, StatusMark } from "../Icon";
import { Panel, Part } from "../Panel";
import { CalendarPart } from "./Calendar";
import { HistoryPart } from "./History";
import { Since, useMoving } from "./parts";

const ASK_MS = 15_000;

/** How the zones are doing; again when statuses move. */
export function useZoneStatuses() {
  const { api } = useStore();
  return useMoving(usePolled("zones/status", ASK_MS, () => api.zoneStatuses()));
}

/** One zone: the services in it, and how it did. */
export function ZonePanel({ id }: { id: string }): JSX.Element {
  const store = useStore();
  const polled = useZoneStatuses();
  const name = store.zoneName(id);
  const found = polled.value?.find((zone) => zone.zone === id);
  return (
    <Panel label={name} tone={found ? `edge-${found.status}` : ""} head={<Head name={name} zone={found} />}>
      <Asked polled={polled}>{() => <Stands zone={found} />}</Asked>
      <button type="button" class="button" onClick={() => store.showAlerts({ zone: id })}>
        <Icon name="bell" size={18} />
        {store.text.value.alertsOfZone}
      </button>
      <CalendarPart kind="zone" id={id} />
      <HistoryPart kind="zone" id={id} />
    </Panel>
  );
}

function Head({ name, zone }: { name: string; zone: ZoneStatus | undefined }): JSX.Element {
  const say = useStore().text.value;
  return (
    <>
      <span class="panel-kind">
        <Icon name="pin" size={20} />
        {zone && <StatusMark status={zone.status} word={say.statuses[zone.status]} />}
        <Since since={zone?.since} />
      </span>
      <h2>{name}</h2>
    </>
  );
}

function Stands({ zone }: { zone: ZoneStatus | undefined }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  if (!zone) return <p>{say.zoneGone}</p>;
  const services = [...(zone.services ?? [])].sort((a, b) => rankOf(a.status) - rankOf(b.status));
  return (
    <>
      <p class="panel-reason">{sentence(said(zone.reason, lang)) || say.noReason}</p>
      {services.length > 0 && (
        <Part title={say.zoneServices}>
          <ul class="zone-parts">
            {services.map((service) => (
              <InZone key={service.id} service={service} zone={zone.zone} />
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

/** A service in the zone; since when and why it is so stands with the service itself. */
function InZone({ service, zone }: { service: ZoneService; zone: string }): JSX.Element {
  const store = useStore();
  const { lang, live, selection, text } = store;
  const { id, status } = service;
  const part = serviceIn(live.domains.value, id)?.service.zones?.find((one) => one.zone === zone);
  const reason = part?.reason;
  return (
    <li class={`zone-part edge-${status}`} data-service={id}>
      <button
        type="button"
        class="text-link"
        onClick={() => {
          selection.value = { kind: "service", id };
        }}
      >
        {store.serviceName(id)}
      </button>
      <span class="panel-kind">
        <StatusMark status={status} word={text.value.statuses[status]} />
        <Since since={part?.since} />
      </span>
      {status !== "operational" && reason && <p class="fine">{said(reason, lang)}</p>}
    </li>
  );
}
