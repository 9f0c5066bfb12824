import { effect, type Signal, signal } from "@preact/signals";
import type { Lang } from "./contract";
import { isLang } from "./i18n";

export const THEMES = ["dark", "light", "system"] as const;
export type Theme = (typeof THEMES)[number];

/** What one operator likes, kept in this browser. */
export interface Prefs {
  lang: Signal<Lang>;
  theme: Signal<Theme>;
  sound: Signal<boolean>;
}

/** The part of Storage that is used; a browser may refuse all of it. */
export type Shelf = Pick<Storage, "getItem" | "setItem">;

/** The preferences of last time; without any, the browser's language, the dark theme and no sound. */
export function loadPrefs(shelf: Shelf, browserLang: string): Prefs {
  const stored = (name: string): string | null => {
    try {
      return shelf.getItem(`nakhon.${name}`);
    } catch {
      return null;
    }
  };
  const lang = stored("lang");
  const theme = THEMES.find((known) => known === stored("theme"));
  return {
    lang: signal<Lang>(isLang(lang) ? lang : browserLang.startsWith("th") ? "th" : "en"),
    theme: signal<Theme>(theme ?? "dark"),
    sound: signal(stored("sound") === "on"),
  };
}

/** Keep the preferences, and show them on the document, from now on. */
export function applyPrefs(prefs: Prefs, shelf: Shelf, root: HTMLElement): void {
  const light = window.matchMedia("(prefers-color-scheme: light)");
  const systemLight = signal(light.matches);
  light.addEventListener("change", () => {
    systemLight.value = light.matches;
  });
  effect(() => {
    const { lang, theme, sound } = prefs;
    root.lang = lang.value;
    root.dataset.theme = theme.value === "system" ? (systemLight.value ? "light" : "dark") : theme.value;
    try {
      shelf.setItem("nakhon.lang", lang.value);
      shelf.setItem("nakhon.theme", theme.value);
      shelf.setItem("nakhon.sound", sound.value ? "on" : "off");
    } catch {
      // A browser that keeps nothing still shows what was chosen until it is closed.
    }
  });
}
