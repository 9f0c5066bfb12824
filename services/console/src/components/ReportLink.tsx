import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { address } from "../api";
import { reportMonths, spanTitle } from "../model/periods";
import { useStore } from "../store";
import { Icon } from "./Icon";

/** The report of a month, as a page of its own; last month's unless another is chosen. */
export function ReportLink(): JSX.Element {
  const { live, lang, text, time } = useStore();
  const say = text.value;
  const months = reportMonths(live.now.value, time.value.timezone);
  const [chosen, setChosen] = useState<string | null>(null);
  const period = chosen ?? months[1] ?? "";
  return (
    <span class="report-link">
      <select
        class="chip"
        aria-label={say.monthReport}
        value={period}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {months.map((month) => (
          <option key={month} value={month}>
            {spanTitle({ kind: "month", first: `${month}-01` }, lang)}
          </option>
        ))}
      </select>
      <a
        class="chip"
        href={address("report", { period, lang })}
        target="_blank"
        rel="noopener"
        title={`${say.openReport}: ${period}`}
      >
        <Icon name="report" size={15} />
        {say.openReport}
      </a>
    </span>
  );
}
