import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Poll, type Polled } from "../live/poll";
import { useStore } from "../store";

export interface Size {
  width: number;
  height: number;
}

/** The size of an element, as it changes. */
export function useSize<T extends Element>(): [{ current: T | null }, Size] {
  const ref = useRef<T | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry)
        setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

export type Loaded<T> = { kind: "loading" } | { kind: "failed" } | { kind: "ready"; value: T };

/** What `load` answers, again whenever `key` changes; an answer that comes too late is dropped. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; loaded: Loaded<T> }>({
    key,
    loaded: { kind: "loading" },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for everything that `load` reads
  useEffect(() => {
    let wanted = true;
    const settle = (loaded: Loaded<T>) => wanted && setState({ key, loaded });
    load().then(
      (value) => settle({ kind: "ready", value }),
      () => settle({ kind: "failed" }),
    );
    return () => {
      wanted = false;
    };
  }, [key]);
  return state.key === key ? state.loaded : { kind: "loading" };
}

/**
 * What `load` answers, every `ms` while the page is seen and not stale; anew whenever `key` changes. `again`
 * asks at once; `look` asks, too, unless the last answer took so long that the server is to have its rest.
 */
export function usePolled<T>(
  key: string,
  ms: number,
  load: () => Promise<T>,
): Polled<T> & { again: () => void; look: () => void } {
  const { live } = useStore();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for everything that `load` reads
  const poll = useMemo(() => new Poll(load, ms, () => !document.hidden && !live.isStale.peek()), [key]);
  useEffect(() => {
    poll.start();
    return () => poll.stop();
  }, [poll]);
  return { ...poll.state.value, again: () => void poll.ask(), look: poll.look };
}

/** Whether the reader asked the system for stillness. */
export const wantsStillness = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Rows that are drawn at first, and with each step further down. */
const STEP = 200;

/** How many rows of a long list to draw: more as the reader comes to its end. */
export function useShown(total: number): [shown: number, more: () => void] {
  const [shown, setShown] = useState(STEP);
  return [Math.min(shown, total), () => setShown((before) => before + STEP)];
}

/** At the end of what is drawn: draws more when it comes into sight, or is pressed. */
export function ShowMore({ more }: { more: () => void }): JSX.Element {
  const { text } = useStore();
  const ref = useRef<HTMLLIElement>(null);
  const next = useRef(more);
  next.current = more;
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && next.current());
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <li ref={ref} class="list-more">
      <button type="button" class="button" onClick={more}>
        {text.value.showMore}
      </button>
    </li>
  );
}
