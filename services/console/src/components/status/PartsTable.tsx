import type { JSX } from "preact";
import type { ServicePart } from "../../contract";
import { said } from "../../model/labels";
import { rankOf } from "../../model/standing";
import { useStore } from "../../store";
import { Coverage } from "../Domains";
import { StatusMark } from "../Icon";
import { Part } from "../Panel";
import { Since } from "./parts";

/** A service zone by zone, the worst first. In one zone alone it says nothing that the whole does not. */
export function PartsTable({ parts }: { parts: ServicePart[] }): JSX.Element | null {
  const { text } = useStore();
  if (parts.length < 2) return null;
  const sorted = [...parts].sort((a, b) => rankOf(a.status) - rankOf(b.status));
  return (
    <Part title={text.value.byZone}>
      <ul class="zone-parts">
        {sorted.map((part) => (
          <ZonePart key={part.zone} part={part} />
        ))}
      </ul>
    </Part>
  );
}

function ZonePart({ part }: { part: ServicePart }): JSX.Element {
  const store = useStore();
  const { lang, selection, text } = store;
  const say = text.value;
  return (
    <li class={`zone-part edge-${part.status}`} data-part={part.zone}>
      <button
        type="button"
        class="text-link"
        onClick={() => {
          selection.value = { kind: "zone", id: part.zone };
        }}
      >
        {store.zoneName(part.zone)}
      </button>
      <span class="panel-kind">
        <StatusMark status={part.status} word={say.statuses[part.status]} />
        <Since since={part.since} />
      </span>
      {part.devices > 0 && (
        <span class="fact-bar fine">
          {say.reporting(part.reporting, part.devices)}
          <Coverage reporting={part.reporting} devices={part.devices} />
        </span>
      )}
      {part.status !== "operational" && part.reason && <p class="fine">{said(part.reason, lang)}</p>}
    </li>
  );
}
