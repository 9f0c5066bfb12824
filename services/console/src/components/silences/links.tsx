import type { JSX } from "preact";
import type { Alert } from "../../contract";
import { said } from "../../model/labels";
import { alertAddress } from "../../model/place";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { SeverityMark } from "../Icon";

/** An alert in short, leading to the city's page. */
export function AlertLinkTo({ alert }: { alert: Alert }): JSX.Element {
  const { live, lang, text, time } = useStore();
  return (
    <a href={alertAddress(alert.id)} data-held={alert.id}>
      <SeverityMark severity={alert.severity} word={text.value.severities[alert.severity]} />
      <span>
        {said(alert.title, lang)} <span class="muted">{alert.device}</span>
      </span>
      <time class="muted">{time.value.moment(toMs(alert.starts_at) ?? 0, live.now.value)}</time>
    </a>
  );
}
