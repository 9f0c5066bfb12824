import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../store";

/** A page whose code is fetched when somebody first goes there; who only watches alerts needs none of it. */
export function later(load: () => Promise<ComponentType>): () => JSX.Element {
  let Known: ComponentType | null = null;
  return function Later(): JSX.Element {
    const { text } = useStore();
    const [Page, setPage] = useState<ComponentType | null>(() => Known);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Page) return;
      load().then(
        (loaded) => {
          Known = loaded;
          setPage(() => loaded);
        },
        () => setFailed(true),
      );
    }, [Page]);
    if (Page) return <Page />;
    return (
      <main class="board">
        <p class="muted" role="status">
          {failed ? text.value.unreachableTitle : text.value.loading}
        </p>
      </main>
    );
  };
}
