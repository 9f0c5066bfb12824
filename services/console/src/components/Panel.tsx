import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../store";
import { Icon } from "./Icon";

interface PanelProps {
  label: string;
  head: ComponentChildren;
  children: ComponentChildren;
  foot?: ComponentChildren;
  tone?: string;
}

/** Details of what is selected: beside the lists on a wide screen, over them on a narrow one. */
export function Panel({ label, head, children, foot, tone }: PanelProps): JSX.Element {
  const { selection, text } = useStore();
  const ref = useRef<HTMLElement>(null);
  const close = () => {
    selection.value = null;
  };
  useFocusWhileOpen(ref, label, close);
  return (
    <section ref={ref} class={`panel ${tone ?? ""}`} aria-label={label} tabIndex={-1}>
      <div class="panel-head">
        <div class="panel-title">{head}</div>
        <button
          type="button"
          class="tool"
          aria-label={text.value.close}
          title={text.value.close}
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="panel-body">{children}</div>
      {foot && <div class="panel-foot">{foot}</div>}
    </section>
  );
}

/** The keyboard goes in with the reader, leaves with Escape, and returns to where it came from. */
function useFocusWhileOpen(ref: { current: HTMLElement | null }, label: string, close: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: moves when the content does, not at every render
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [label]);
}

/** A headed part of a panel. */
export function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
