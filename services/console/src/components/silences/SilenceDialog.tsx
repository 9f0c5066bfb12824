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
import { Choices, Dialog, Field } from "../Dialog";
import { useLoaded } from "../hooks";
import { Icon, SeverityMark } from "../Icon";
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
        {saving.failure && (
          <p class="refusal" role="alert">
            {saving.failure}
          </p>
        )}
        <div class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            {say.cancel}
          </button>
          <button type="submit" class="button is-primary" disabled={saving.busy || saving.form === null}>
            <Icon name="muted" size={18} />
            {silence ? say.saveSilence : say.beginSilence}
          </button>
        </div>
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

/** The draft as the server takes it; null while something is missing. */
function formed(draft: Draft, now: number, timezone: string): NewSilence | null {
  const { matcher, duration, from, to, reason } = draft;
  const isCustom = duration === "custom";
  const ends = isCustom ? momentOf(to, timezone) : endAfter(duration, now, timezone);
  const starts = isCustom && from ? momentOf(from, timezone) : null;
  if (asksNothing(matcher) || !reason.trim() || ends === null || ends <= (starts ?? now)) return null;
  return {
    matcher,
    starts_at: starts === null ? null : new Date(starts).toISOString(),
    ends_at: new Date(ends).toISOString(),
    reason: reason.trim(),
  };
}

function useSaving(draft: Draft, silence: Silence | undefined, saved: (made: Silence) => void) {
  const { api, live, time } = useStore();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const form = formed(draft, live.now.value, time.value.timezone);
  const save = async () => {
    if (!form) return;
    setBusy(true);
    setFailure(null);
    try {
      saved(silence ? await api.editSilence(silence.id, form) : await api.addSilence(form));
    } catch (error) {
      setFailure((error as Error).message);
      setBusy(false);
    }
  };
  return { busy, failure, form, save };
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
          <Field label={say.fromLabel} hint={isChange ? say.fromKept : say.fromNow}>
            <input
              type="datetime-local"
              value={draft.from}
              onInput={(event) => change({ from: event.currentTarget.value })}
            />
          </Field>
          <Field label={say.untilLabel}>
            <input
              type="datetime-local"
              required
              value={draft.to}
              onInput={(event) => change({ to: event.currentTarget.value })}
            />
          </Field>
        </div>
      )}
    </>
  );
}
