import type { JSX } from "preact";
import type { Rejection } from "../../contract";
import { asText, type Outcome } from "../../model/quarantine";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** What became of one reading that was taken again. */
export function OutcomeNote({ outcome }: { outcome: Outcome }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (outcome.kind === "accepted") {
    return (
      <p class="mark tone-operational">
        <Icon name="check" size={18} />
        <span>{say.takenAgain}</span>
      </p>
    );
  }
  return (
    <>
      <p class="mark tone-degraded">
        <Icon name="degraded" size={18} />
        <span>{say.refusedAgain}</span>
      </p>
      {outcome.why && <WhyRefused why={outcome.why} />}
    </>
  );
}

/** The reason of a verdict, in words. */
export function WhyRefused({ why }: { why: Rejection }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  return (
    <p class="why-refused">
      {say.codes[why.code] ?? why.code}
      {why.path && <code>{why.path}</code>}
      {why.value !== null && why.value !== undefined && <code>{asText(why.value)}</code>}
      {why.expected && <span class="muted">{why.expected}</span>}
    </p>
  );
}
