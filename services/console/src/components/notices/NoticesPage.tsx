import type { JSX } from "preact";
import { useStore } from "../../store";
import { Deadlines } from "./Deadlines";
import { Notices } from "./Notices";
import { Receivers } from "./Receivers";

/** Who is told of alerts, whether that works, and how soon it happened. */
export function NoticesPage(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  if (!store.mayOperate) {
    return (
      <main class="board notices-board">
        <section class="card receivers is-closed" id="receivers" tabIndex={-1}>
          <div class="card-head">
            <h2>{say.receiversTitle}</h2>
          </div>
          <p class="role-note muted">{say.receiversRole}</p>
        </section>
        <Deadlines />
      </main>
    );
  }
  return (
    <main class="board notices-board">
      <div class="data-main">
        <Receivers />
        <Notices />
      </div>
      <aside class="side">
        <Deadlines />
      </aside>
    </main>
  );
}
