import type { JSX } from "preact";
import { STATUSES } from "../contract";
import type { Connection } from "../model/connection";
import { countByStatus } from "../model/domains";
import { said } from "../model/labels";
import { PAGES } from "../model/place";
import { troubleOf } from "../model/readiness";
import { THEMES } from "../prefs";
import { turnWall, useStore } from "../store";
import { Icon, StatusMark } from "./Icon";
import { Logo } from "./Logo";

export function Header(): JSX.Element {
  return (
    <header class="header">
      <CityName />
      <Pages />
      <Summary />
      <ConnectionState />
      <Clock />
      <div class="tools">
        <ToWall />
        <Preferences />
        <SignedIn />
      </div>
      <Troubles />
    </header>
  );
}

function CityName(): JSX.Element {
  const { city, lang, text } = useStore();
  const other = lang === "en" ? "th" : "en";
  const name = city.value?.name;
  return (
    <div class="city">
      <Logo />
      <div>
        <h1>{name ? said(name, lang) : text.value.product}</h1>
        <p lang={name ? other : lang}>{name ? said(name, other) : text.value.tagline}</p>
      </div>
    </div>
  );
}

function Pages(): JSX.Element {
  const { page, text } = useStore();
  const say = text.value;
  return (
    <nav class="pages" aria-label={say.pages}>
      {PAGES.map((name) => (
        <a key={name} href={`#${name}`} aria-current={page.value === name ? "page" : undefined}>
          {say.pageNames[name]}
        </a>
      ))}
    </nav>
  );
}

/** What Nakhon itself can't do now. Whether it answers at all is the connection's to say. */
function Troubles(): JSX.Element {
  const { troubles, text } = useStore();
  const say = text.value;
  const { value, error } = troubles.state.value;
  const known = error === null && value ? value.map(troubleOf) : [];
  return (
    <div class="troubles" role="status">
      {known.length > 0 && (
        <>
          <Icon name="degraded" size={18} />
          <b>{say.notReady}</b>
          <ul>
            {known.map(({ part, detail }) => (
              <li key={part + detail}>
                {say.parts[part]}
                {detail && <span lang="en">{detail}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** How many domains are in each status, those that none is in left out. */
function Summary(): JSX.Element | null {
  const { live, text } = useStore();
  if (!live.domains.value) return null;
  const counts = countByStatus(live.domains.value);
  return (
    <ul class="summary" aria-label={text.value.domainsTitle}>
      {STATUSES.filter((status) => counts[status] > 0).map((status) => (
        <li key={status} title={text.value.statuses[status]}>
          <b>{counts[status]}</b> <StatusMark status={status} word={text.value.statuses[status]} />
        </li>
      ))}
    </ul>
  );
}

function ConnectionState(): JSX.Element {
  const { live } = useStore();
  const connection = live.connection.value;
  return (
    <div class={`connection is-${connection.kind}`} role="status">
      {connection.kind === "stale" ? <Icon name="offline" size={18} /> : <span class="dot" />}
      <span>{useConnectionText(connection)}</span>
    </div>
  );
}

function useConnectionText(connection: Connection): string {
  const { text, time, live } = useStore();
  const say = text.value;
  if (connection.kind !== "stale") return say[connection.kind];
  if (connection.since === null) return say.unreachable;
  return say.staleSince(time.value.moment(connection.since, live.now.value));
}

function Clock(): JSX.Element {
  const { live, time } = useStore();
  const now = live.now.value;
  return (
    <time class="clock" dateTime={new Date(now).toISOString()}>
      <b>{time.value.clock(now)}</b>
      <span>{time.value.date(now)}</span>
    </time>
  );
}

/** The mayor's screen; on a phone nobody hangs one up. */
function ToWall(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  return (
    <button
      type="button"
      class="tool tool-wall"
      aria-label={say.wallMode}
      title={say.wallModeTitle}
      onClick={() => turnWall(store, true)}
    >
      <Icon name="wall" />
    </button>
  );
}

function Preferences(): JSX.Element {
  const { prefs, text } = useStore();
  const say = text.value;
  const themes = { dark: say.themeDark, light: say.themeLight, system: say.themeSystem };
  const nextTheme = () => {
    prefs.theme.value = THEMES[(THEMES.indexOf(prefs.theme.value) + 1) % THEMES.length] ?? "dark";
  };
  const soundText = prefs.sound.value ? say.soundOn : say.soundOff;
  return (
    <>
      <button
        type="button"
        class="tool"
        aria-pressed={prefs.sound.value}
        aria-label={soundText}
        title={soundText}
        onClick={() => {
          prefs.sound.value = !prefs.sound.value;
        }}
      >
        <Icon name={prefs.sound.value ? "soundOn" : "soundOff"} />
      </button>
      <button
        type="button"
        class="tool"
        aria-label={themes[prefs.theme.value]}
        title={themes[prefs.theme.value]}
        onClick={nextTheme}
      >
        <Icon name={prefs.theme.value} />
      </button>
      <LanguageToggle />
    </>
  );
}

export function LanguageToggle(): JSX.Element {
  const { prefs, text } = useStore();
  const other = prefs.lang.value === "en" ? "th" : "en";
  return (
    <button
      type="button"
      class="tool tool-word"
      lang={other}
      aria-label={text.value.languageLabel}
      title={text.value.languageLabel}
      onClick={() => {
        prefs.lang.value = other;
      }}
    >
      {text.value.language}
    </button>
  );
}

function SignedIn(): JSX.Element | null {
  const store = useStore();
  const session = store.session.value;
  if (!session) return null;
  const say = store.text.value;
  const role = say.roles[session.role];
  return (
    <>
      <div class="who" title={say.signedInAs(session.name, role)}>
        <Icon name="user" />
        <div>
          <b>{session.name}</b>
          <span>{role}</span>
        </div>
      </div>
      <button
        type="button"
        class="tool"
        aria-label={say.signOut}
        title={say.signOut}
        onClick={() => void store.signOut()}
      >
        <Icon name="leave" />
      </button>
    </>
  );
}
