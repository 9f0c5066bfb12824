import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Alert, Matcher, NewSilence, Silence } from "../../contract";
import { said } from "../../model/labels";
import {
  asksNothing,
  DURATIONS,
  type Duration,
  endAfter,
  formOf,
  matcherOf,
  type Scope,
  type ScopeName,
  scopesOf,
} from "../../model/silences";
import { HOUR, toMs } from "../../model/time";
import { momentOf, wallOf } from "../../model/wall";
import { useStore } from "../../store";
import { Choices, Dialog, Field, FormFoot, MomentField } from "../Dialog";
import { useLoaded } from "../hooks";
import { SeverityMark } from "../Icon";
import { MatcherFields, useMatcherWords } from "./matchers";

const OWN: Scope = { name: "own", matcher: {} };

interface Draft {
  scope: ScopeName;
  matcher: Matcher;
  duration: Duration;
  /** Local times of the city; an empty beginning is now. */
  from: string;
  to: string;
  reason: string;
}

/**
 * Tell nobody of certain alerts for a while: of those like an alert, of those that somebody names, or of
 * those of a silence that is changed.
 */
export function SilenceDialog(props: {
  alert?: Alert;
  silence?: Silence;
  close: () => void;
  saved?: (silence: Silence) => void;
}): JSX.Element {
  const { alert, silence, close, saved } = props;
  const store = useStore();
  const say = store.text.value;
  const scopes = alert ? [...scopesOf(alert), OWN] : [OWN];
  const [draft, setDraft] = useState<Draft>(() => begun(scopes, silence, store.time.value.timezone));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const saving = useSaving(draft, silence, (made) => {
    saved?.(made);
    close();
  });
  return (
    <Dialog title={silence ? say.changeSilence : say.newSilence} close={close}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void saving.save();
        }}
      >
        <p class="muted">{say.silenceText}</p>
        <ScopeFields scopes={scopes} draft={draft} change={change} />
        <Preview matcher={draft.matcher} />
        <Lasting draft={draft} change={change} isChange={silence !== undefined} />
        <Field label={say.reason}>
          <input
            type="text"
            required
            maxLength={500}
            placeholder={say.reasonPlaceholder}
            value={draft.reason}
            onInput={(event) => change({ reason: event.currentTarget.value })}
          />
        </Field>
        <FormFoot
          close={close}
          missing={saving.missing.map((part) => say.missing[part])}
          busy={saving.busy}
          failure={saving.failure}
          icon="muted"
          word={silence ? say.saveSilence : say.beginSilence}
        />
      </form>
    </Dialog>
  );
}

function begun(scopes: Scope[], silence: Silence | undefined, timezone: string): Draft {
  const [first = OWN] = scopes;
  if (!silence)
    return { scope: first.name, matcher: first.matcher, duration: "1h", from: "", to: "", reason: "" };
  const isPending = silence.state === "pending";
  return {
    scope: "own",
    matcher: silence.matcher,
    duration: "custom",
    from: isPending ? wallOf(toMs(silence.starts_at) ?? 0, timezone) : "",
    to: wallOf(toMs(silence.ends_at) ?? 0, timezone),
    reason: silence.reason,
  };
}

type Part = "which" | "when" | "reason";

/** From when (null: now) and until when (ms; null where nothing sensible was said). */
function lasting({ duration, from, to }: Draft, now: number, timezone: string) {
  if (duration !== "custom") return { starts: null, ends: endAfter(duration, now, timezone) };
  const starts = from ? momentOf(from, timezone) : null;
  const ends = momentOf(to, timezone);
  return { starts, ends: ends !== null && ends > (starts ?? now) ? ends : null };
}

function missingIn(draft: Draft, ends: number | null): Part[] {
  const parts: [Part, boolean][] = [
    ["which", asksNothing(draft.matcher)],
    ["when", ends === null],
    ["reason", !draft.reason.trim()],
  ];
  return parts.filter(([, isMissing]) => isMissing).map(([part]) => part);
}

function useSaving(draft: Draft, silence: Silence | undefined, saved: (made: Silence) => void) {
  const { api, live, time } = useStore();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const { starts, ends } = lasting(draft, live.now.value, time.value.timezone);
  const missing = missingIn(draft, ends);
  const save = async () => {
    if (missing.length > 0 || ends === null) return;
    setBusy(true);
    setFailure(null);
    const form: NewSilence = {
      matcher: draft.matcher,
      starts_at: starts === null ? null : new Date(starts).toISOString(),
      ends_at: new Date(ends).toISOString(),
      reason: draft.reason.trim(),
    };
    try {
      saved(silence ? await api.editSilence(silence.id, form) : await api.addSilence(form));
    } catch (error) {
      setFailure((error as Error).message);
      setBusy(false);
    }
  };
  return { busy, failure, missing, save };
}

function ScopeFields(props: {
  scopes: Scope[];
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}): JSX.Element {
  const { scopes, draft, change } = props;
  const say = useStore().text.value;
  const words = useMatcherWords();
  const choose = (name: ScopeName) => {
    const scope = scopes.find((one) => one.name === name);
    change({ scope: name, matcher: name === "own" ? draft.matcher : (scope?.matcher ?? {}) });
  };
  return (
    <>
      {scopes.length > 1 && (
        <Choices
          label={say.whichAlerts}
          options={scopes.map(({ name }) => [name, say.scopes[name]])}
          value={draft.scope}
          choose={choose}
        />
      )}
      {draft.scope === "own" ? (
        <MatcherFields form={formOf(draft.matcher)} change={(form) => change({ matcher: matcherOf(form) })} />
      ) : (
        <p class="matcher-words">{words(draft.matcher)}</p>
      )}
    </>
  );
}

/** What it would hold now: nobody silences more than they mean to. */
function Preview({ matcher }: { matcher: Matcher }): JSX.Element {
  const { api, lang, text } = useStore();
  const say = text.value;
  const isNothing = asksNothing(matcher);
  const loaded = useLoaded(JSON.stringify(matcher), () =>
    isNothing ? Promise.resolve(null) : api.preview(matcher),
  );
  if (isNothing) return <p class="preview muted">{say.asksNothing}</p>;
  if (loaded.kind === "loading") return <p class="preview muted">{say.loading}</p>;
  if (loaded.kind === "failed" || !loaded.value) return <p class="preview muted">{say.unknownNow}</p>;
  const { alerts, items } = loaded.value;
  return (
    <div class="preview" role="status">
      <b>{say.wouldHold(alerts)}</b>
      <ul>
        {items.slice(0, 4).map((alert) => (
          <li key={alert.id}>
            <SeverityMark severity={alert.severity} word={say.severities[alert.severity]} />
            <span>
              {said(alert.title, lang)} <span class="muted">{alert.device}</span>
            </span>
          </li>
        ))}
      </ul>
      {alerts > 4 && <p class="fine">{say.andMore(alerts - 4)}</p>}
    </div>
  );
}

function Lasting(props: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  isChange: boolean;
}): JSX.Element {
  const { draft, change, isChange } = props;
  const { live, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const { timezone } = time.value;
  const end = endAfter(draft.duration, now, timezone);
  const choose = (duration: Duration) => {
    const to = draft.to || wallOf(now + 2 * HOUR, timezone);
    change({ duration, to });
  };
  return (
    <>
      <Choices
        label={say.howLong}
        options={DURATIONS.map((name) => [name, say.durations[name]])}
        value={draft.duration}
        choose={choose}
      />
      {end !== null && <p class="fine">{say.untilTime(time.value.moment(end, now))}</p>}
      {draft.duration === "custom" && (
        <div class="field-row">
          <MomentField
            label={say.fromLabel}
            hint={isChange ? say.fromKept : say.fromNow}
            value={draft.from}
            change={(from) => change({ from })}
          />
          <MomentField
            label={say.untilLabel}
            hint={timezone}
            value={draft.to}
            change={(to) => change({ to })}
            required
          />
        </div>
      )}
    </>
  );
}
