import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { deviceData } from "../../model/place";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** More suggestions than this help nobody. */
const MOST_OPTIONS = 500;

/** One device alone, on all of the page; also one that is not registered, since its readings were refused. */
export function DeviceFilter(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const [wanted, setWanted] = useState("");
  const { device } = store.dataFilters.value;
  if (device !== null) {
    return (
      <button
        type="button"
        class="chip is-on"
        aria-label={say.removeFilter(say.onlyDevice(device))}
        onClick={() => store.filterData({ device: null })}
      >
        <Icon name="sensor" size={15} />
        {device}
        <Icon name="close" size={14} />
      </button>
    );
  }
  return (
    <form
      class="follow"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted.trim()) store.filterData({ device: wanted.trim() });
      }}
    >
      <input
        class="chip"
        list="data-devices"
        aria-label={say.oneDevice}
        placeholder={say.oneDevice}
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <datalist id="data-devices">
        {[...store.live.devices.value.keys()].slice(0, MOST_OPTIONS).map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </form>
  );
}

/** A device's name that leads to its data. */
export function DeviceLink({ device }: { device: string }): JSX.Element {
  const { text } = useStore();
  return (
    <a class="device-link" href={deviceData(device)} title={text.value.showDevice(device)}>
      {device}
    </a>
  );
}
