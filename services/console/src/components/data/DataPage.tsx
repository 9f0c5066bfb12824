import type { JSX } from "preact";
import { useStore } from "../../store";
import { usePolled } from "../hooks";
import { Account } from "./Account";
import { CausePanel } from "./CausePanel";
import { Causes } from "./Causes";
import { QualityCard } from "./QualityCard";
import { Waiting } from "./Waiting";

const LEDGER_MS = 3000;

/** For whoever answers for the data: where every reading is, what was refused, and how good the rest is. */
export function DataPage(): JSX.Element {
  const { api, dataFilters, selection } = useStore();
  const chosen = selection.value;
  const device = dataFilters.value.device;
  const ledger = usePolled(`${device}`, LEDGER_MS, () => api.ledger(device ?? undefined));
  return (
    <main class="board data-board">
      <div class="data-main">
        <Account polled={ledger} device={device} />
        <Causes />
      </div>
      <aside class="side">
        <Waiting key={device} polled={ledger} />
        <QualityCard />
        {chosen?.kind === "cause" && <CausePanel key={chosen.id} id={chosen.id} />}
      </aside>
    </main>
  );
}
