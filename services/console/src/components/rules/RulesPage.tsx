import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RuleState } from "../../contract";
import type { Polled } from "../../live/poll";
import { useStore } from "../../store";
import { usePolled } from "../hooks";
import { Files } from "./Files";
import { Mistakes } from "./Mistakes";
import { RuleList } from "./RuleList";
import { RulePanel } from "./RulePanel";

const STATE_MS = 5000;
const RULES_MS = 20_000;

/** What is being looked for: every rule in force, and the files that they stand in. */
export function RulesPage(): JSX.Element {
  const { api, selection } = useStore();
  const state = usePolled("rule-state", STATE_MS, () => api.ruleState());
  const rules = usePolled("rules", RULES_MS, () => api.rules());
  useWhenOther(state.value?.digest, rules.again);
  const firing = useFiring();
  const chosen = selection.value?.kind === "rule" ? selection.value.id : null;
  return (
    <main class="board rules-board">
      <div class="data-main">
        <Mistakes problems={mistakesOf(state)} />
        <RuleList polled={rules} firing={firing} />
      </div>
      <aside class="side">
        <Files polled={state} />
        {chosen !== null && (
          <RulePanel
            key={chosen}
            id={chosen}
            rules={rules.value}
            failed={rules.error !== null}
            firing={firing}
          />
        )}
      </aside>
    </main>
  );
}

/** The rules are asked for at once when other ones are in force. */
function useWhenOther(digest: string | undefined, ask: () => void): void {
  const known = useRef(digest);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks when the digest changes, not at every render
  useEffect(() => {
    if (known.current !== undefined && digest !== known.current) ask();
    known.current = digest;
  }, [digest]);
}

const mistakesOf = ({ value }: Polled<RuleState>) => value?.problems ?? [];

/** How many alerts of each rule fire now, as the stream tells it. */
function useFiring(): ReadonlyMap<string, number> {
  const { live } = useStore();
  const counts = live.alerts.counts.value;
  return useMemo(() => new Map(Object.entries(counts?.rules ?? {})), [counts]);
}
