import type { ComponentChildren, JSX } from "preact";
import { ProblemError } from "../api";
import type { Polled } from "../live/poll";
import { useStore } from "../store";
import { Unknown } from "./data/Unknown";

/**
 * What was asked for, once it is there. A server that does not keep it says so with 404: that is told quietly,
 * and nothing else on the page suffers.
 */
export function Asked<T>(props: {
  polled: Polled<T>;
  children: (value: T) => ComponentChildren;
}): JSX.Element {
  const { polled, children } = props;
  const say = useStore().text.value;
  const { value, error } = polled;
  if (value === null && error instanceof ProblemError && error.status === 404) {
    return <p class="muted">{say.notKept}</p>;
  }
  return (
    <>
      <Unknown polled={polled} />
      {value !== null ? children(value) : error === null && <div class="bone" />}
    </>
  );
}
