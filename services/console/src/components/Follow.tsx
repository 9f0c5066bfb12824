import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useStore } from "../store";
import { Icon } from "./Icon";

/** More suggestions than this help nobody. */
const MOST_OPTIONS = 500;

/** Choose one device, so that whoever publishes as it sees its own readings count. */
export function Follow(): JSX.Element {
  const { live, text } = useStore();
  const say = text.value;
  const { followed } = live.pulse;
  const [wanted, setWanted] = useState("");
  const [unknown, setUnknown] = useState(false);
  const follow = async (device: string | null) => {
    const known = await live.pulse.follow(device).catch(() => true);
    setUnknown(!known);
    if (known) setWanted("");
  };
  if (followed.value !== null) {
    return (
      <button
        type="button"
        class="chip is-on"
        aria-label={say.unfollow(followed.value)}
        onClick={() => void follow(null)}
      >
        <Icon name="sensor" size={15} />
        {followed.value}
        <Icon name="close" size={14} />
      </button>
    );
  }
  return (
    <form
      class="follow"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted.trim()) void follow(wanted.trim());
      }}
    >
      <input
        class="chip"
        list="devices"
        aria-label={say.follow}
        aria-invalid={unknown}
        placeholder={say.follow}
        value={wanted}
        onInput={(event) => {
          setWanted(event.currentTarget.value);
          setUnknown(false);
        }}
      />
      <datalist id="devices">
        {[...live.devices.value.keys()].slice(0, MOST_OPTIONS).map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      {unknown && (
        <span class="follow-unknown" role="alert">
          {say.noSuchDevice}
        </span>
      )}
    </form>
  );
}
