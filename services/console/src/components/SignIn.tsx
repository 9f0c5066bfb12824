import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useStore } from "../store";
import { LanguageToggle } from "./Header";
import { Logo } from "./Logo";

/** Whoever is not known yet brings a token. */
export function SignIn(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(await store.signIn(token.trim()));
    setBusy(false);
  };
  return (
    <main class="gate">
      <form class="gate-card" onSubmit={(event) => void send(event)}>
        <div class="gate-head">
          <Logo size={44} />
          <div>
            <h1>{say.product}</h1>
            <p class="muted">{say.tagline}</p>
          </div>
          <LanguageToggle />
        </div>
        <h2>{say.signInTitle}</h2>
        <p class="muted">{say.signInText}</p>
        <label>
          <span>{say.token}</span>
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token}
            aria-invalid={refusal !== null}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        {refusal && (
          <p class="refusal" role="alert">
            {refusal}
          </p>
        )}
        <button type="submit" class="button is-primary" disabled={busy || !token.trim()}>
          {busy ? say.signingIn : say.signIn}
        </button>
        <div class="gate-hints">
          <Hint text={say.signInHintDemo} />
          <Hint text={say.signInHintToken} />
        </div>
      </form>
    </main>
  );
}

/** A sentence in which what stands in backquotes is typed in a terminal. */
function Hint({ text }: { text: string }): JSX.Element {
  return <p>{text.split("`").map((piece, i) => (i % 2 ? <code key={piece}>{piece}</code> : piece))}</p>;
}
