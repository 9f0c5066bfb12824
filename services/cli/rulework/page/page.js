(() => {
  const root = document.documentElement;
  const kept = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value);
      return localStorage.getItem(key);
    } catch {
      return null; // a page opened from a file may have no storage
    }
  };
  const speak = (language) => {
    root.lang = root.dataset.language = language;
  };
  speak(kept("nakhon-language") || (navigator.language.startsWith("th") ? "th" : "en"));
  const theme = kept("nakhon-theme");
  if (theme) root.dataset.theme = theme;
  document.getElementById("language").onclick = () => {
    speak(root.dataset.language === "en" ? "th" : "en");
    kept("nakhon-language", root.dataset.language);
  };
  document.getElementById("theme").onclick = () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    kept("nakhon-theme", root.dataset.theme);
  };
})();
