import type { JSX } from "preact";
import { ProblemError } from "../../api";
import type { Polled } from "../../live/poll";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** What is not known now is said to be so; and of when the rest is that is still shown. */
export function Unknown({ polled }: { polled: Polled<unknown> }): JSX.Element | null {
  const { live, text, time } = useStore();
  const say = text.value;
  if (polled.error === null) return null;
  const why = polled.error instanceof ProblemError ? polled.error.message : say.unreachableTitle;
  const at = polled.at === null ? null : live.now.value - (Date.now() - polled.at);
  return (
    <div class="unknown-note" role="status">
      <Icon name="unknown" size={18} />
      <p>
        <b>{say.unknownNow}.</b> {why} {at !== null && say.asOf(time.value.moment(at, live.now.value))}
      </p>
    </div>
  );
}
