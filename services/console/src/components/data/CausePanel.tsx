import type { JSX } from "preact";
import type { Cause } from "../../contract";
import { selected } from "../../model/quarantine";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { type Loaded, useLoaded } from "../hooks";
import { Panel, Part } from "../Panel";
import { Exports, mayIntegrate } from "./Causes";
import { DeviceLink } from "./DeviceFilter";
import { Entries } from "./Entries";
import { TakeAll } from "./TakeAll";

/** One cause of the address: what it is, its newest entries, and taking them again. */
export function CausePanel({ id }: { id: string }): JSX.Element {
  const { api, dataFilters, live, session, text } = useStore();
  const say = text.value;
  const { device, period, words } = dataFilters.value;
  const may = mayIntegrate(session.value?.role);
  const loaded = useLoaded(JSON.stringify([id, device, period, words]), async () => {
    if (!may) return null;
    const query = { ...selected({ ...dataFilters.peek(), code: null }, live.now.peek()), cause: id };
    return (await api.causes(query)).items[0] ?? null;
  });
  if (loaded.kind === "ready" && loaded.value) return <CauseDetail cause={loaded.value} />;
  return (
    <Panel label={say.cause} head={<h2>{say.cause}</h2>}>
      <p class="muted">{may ? useless(loaded, say) : say.refusedRole}</p>
    </Panel>
  );
}

const useless = (loaded: Loaded<unknown>, say: { loading: string; unknownNow: string; causeGone: string }) =>
  ({ loading: say.loading, failed: say.unknownNow, ready: say.causeGone })[loaded.kind];

function CauseDetail({ cause }: { cause: Cause }): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const name = say.codes[cause.code] ?? cause.code;
  return (
    <Panel
      label={name}
      tone="edge-degraded"
      head={
        <>
          <span class="panel-kind">
            <code>{cause.code}</code>
            <span class="muted">{cause.count.toLocaleString(lang === "th" ? "th-TH" : "en-GB")}</span>
          </span>
          <h2>{name}</h2>
        </>
      }
      foot={<TakeAll cause={cause.cause} />}
    >
      <CauseFacts cause={cause} />
      <Part title={say.newestEntries}>
        <Entries cause={cause.cause} />
      </Part>
      <p class="filters">
        <Exports cause={cause.cause} />
      </p>
    </Panel>
  );
}

function CauseFacts({ cause }: { cause: Cause }): JSX.Element {
  const { live, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const moment = (at: string | number) => time.value.moment(toMs(at) ?? now, now);
  return (
    <dl class="facts">
      {cause.path && (
        <>
          <dt>{say.path}</dt>
          <dd>
            <code>{cause.path}</code>
          </dd>
        </>
      )}
      {cause.expected && (
        <>
          <dt>{say.expected}</dt>
          <dd>{cause.expected}</dd>
        </>
      )}
      {cause.contract && (
        <>
          <dt>{say.contract}</dt>
          <dd>{cause.contract}</dd>
        </>
      )}
      <dt>{say.devices}</dt>
      <dd>
        <Devices cause={cause} />
      </dd>
      <dt>
        {say.firstTime}, {say.lastTime.toLowerCase()}
      </dt>
      <dd>
        {moment(cause.first)} – {moment(cause.last)}
      </dd>
    </dl>
  );
}

function Devices({ cause }: { cause: Cause }): JSX.Element {
  const { text } = useStore();
  const more = cause.devices - cause.some_devices.length;
  if (cause.devices === 0) return <>–</>;
  return (
    <span class="device-links">
      {cause.some_devices.map((device) => (
        <DeviceLink key={device} device={device} />
      ))}
      {more > 0 && <span class="muted">{text.value.andMore(more)}</span>}
    </span>
  );
}
