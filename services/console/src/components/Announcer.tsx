import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { chime } from "../chime";
import { mayChime } from "../model/floods";
import { said } from "../model/labels";
import { useStore } from "../store";

/** Tells critical alerts to those who listen: to screen readers always, by sound when it is wanted. */
export function Announcer(): JSX.Element {
  const { live, lang, prefs, text } = useStore();
  const news = live.alerts.news.value;
  const critical = news?.alert.severity === "critical" ? news : null;
  const number = critical?.number;
  const heard = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (number === undefined || !prefs.sound.peek()) return;
    const now = Date.now();
    if (!mayChime(now, heard.current, live.work.flood.peek() !== null)) return;
    heard.current = now;
    chime();
  }, [number, prefs, live]);
  return (
    <div class="hidden" role="alert">
      {critical && text.value.criticalAnnounce(said(critical.alert.title, lang))}
    </div>
  );
}
