import { render } from "preact";
import { App } from "./app";
import { applyPrefs, loadPrefs } from "./prefs";
import { followAddress, followWall, Store, StoreContext } from "./store";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/header.css";
import "./styles/domains.css";
import "./styles/alerts.css";
import "./styles/panel.css";
import "./styles/side.css";
import "./styles/data.css";
import "./styles/cause.css";
import "./styles/quality.css";
import "./styles/rules.css";
import "./styles/why.css";
import "./styles/work.css";
import "./styles/silences.css";
import "./styles/notices.css";
import "./styles/standing.css";
import "./styles/service.css";
import "./styles/kpis.css";
import "./styles/public.css";
import "./styles/wall.css";
import "./styles/gate.css";

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app");

const prefs = loadPrefs(localStorage, navigator.language);
applyPrefs(prefs, localStorage, document.documentElement);

const store = new Store(prefs, () => new EventSource("/api/v1/events"));
followAddress(store);
followWall(store);
void store.begin();

render(
  <StoreContext.Provider value={store}>
    <App />
  </StoreContext.Provider>,
  root,
);
