import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { chime } from "../chime";
import { said } from "../model/labels";
import { useStore } from "../store";

/** Tells critical alerts to those who listen: to screen readers always, by sound when it is wanted. */
export function Announcer(): JSX.Element {
  const { live, lang, prefs, text } = useStore();
  const news = live.news.value;
  const critical = news?.alert.severity === "critical" ? news : null;
  const number = critical?.number;
  useEffect(() => {
    if (number !== undefined && prefs.sound.peek()) chime();
  }, [number, prefs]);
  return (
    <div class="hidden" role="alert">
      {critical && text.value.criticalAnnounce(said(critical.alert.title, lang))}
    </div>
  );
}
