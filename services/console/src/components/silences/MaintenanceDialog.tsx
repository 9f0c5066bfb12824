import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Maintenance, Matcher, NewMaintenance } from "../../contract";
import { firstOn, REPEATS, type Repeat, rruleOf, WEEKDAYS, type Weekday } from "../../model/recurrence";
import { asksNothing, formOf, matcherOf } from "../../model/silences";
import { DAY, HOUR, MINUTE } from "../../model/time";
import { spanWritten, wallOf } from "../../model/wall";
import { useStore } from "../../store";
import { Choices, Dialog, Field, FormFoot, MomentField } from "../Dialog";
import { MatcherFields } from "./matchers";

interface Draft {
  title: string;
  matcher: Matcher;
  repeat: Repeat;
  days: Weekday[];
  start: string;
  /** Minutes. */
  minutes: number;
  reason: string;
}

const LENGTHS = [30, 60, 120, 240, 480] as const;

/** Plan work: what is worked on, when, how often and why. The server says when it comes. */
export function MaintenanceDialog(props: {
  close: () => void;
  saved: (window: Maintenance) => void;
}): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { timezone } = store.time.value;
  const [draft, setDraft] = useState<Draft>(() => begun(store.live.now.peek(), timezone));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const missing = missingIn(draft);
  const saving = useSaving(missing.length ? null : formed(draft, timezone), (made) => {
    props.saved(made);
    props.close();
  });
  return (
    <Dialog title={say.newMaintenance} close={props.close}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void saving.save();
        }}
      >
        <Field label={say.windowTitle}>
          <input
            type="text"
            required
            maxLength={200}
            placeholder={say.windowTitlePlaceholder}
            value={draft.title}
            onInput={(event) => change({ title: event.currentTarget.value })}
          />
        </Field>
        <MatcherFields form={formOf(draft.matcher)} change={(form) => change({ matcher: matcherOf(form) })} />
        <When draft={draft} change={change} />
        <Field label={say.reason}>
          <input
            type="text"
            required
            maxLength={500}
            placeholder={say.windowReasonPlaceholder}
            value={draft.reason}
            onInput={(event) => change({ reason: event.currentTarget.value })}
          />
        </Field>
        <FormFoot
          close={props.close}
          missing={missing.map((part) => say.missing[part])}
          busy={saving.busy}
          failure={saving.failure}
          icon="maintenance"
          word={say.planIt}
        />
      </form>
    </Dialog>
  );
}

/** Tonight at one o'clock, for two hours: when most work is planned for. */
function begun(now: number, timezone: string): Draft {
  const start = `${wallOf(now + DAY, timezone).slice(0, 10)}T01:00`;
  return {
    title: "",
    matcher: {},
    repeat: "once",
    days: [],
    start,
    minutes: 2 * (HOUR / MINUTE),
    reason: "",
  };
}

type Part = "title" | "which" | "when" | "reason";

function missingIn({ title, matcher, start, minutes, reason }: Draft): Part[] {
  const parts: [Part, boolean][] = [
    ["title", !title.trim()],
    ["which", asksNothing(matcher)],
    ["when", !start || !(minutes > 0)],
    ["reason", !reason.trim()],
  ];
  return parts.filter(([, isMissing]) => isMissing).map(([part]) => part);
}

/** The draft as the server takes it. */
function formed(draft: Draft, timezone: string): NewMaintenance {
  const { matcher, repeat, days, minutes } = draft;
  const title = draft.title.trim();
  const start = repeat === "weekly" ? firstOn(draft.start, days) : draft.start;
  return {
    title: { en: title, th: title },
    matcher,
    schedule: {
      start,
      duration: spanWritten(minutes * MINUTE),
      rrule: rruleOf(repeat, days, start),
      exdates: [],
      timezone,
    },
    reason: draft.reason.trim(),
  };
}

function useSaving(form: NewMaintenance | null, saved: (made: Maintenance) => void) {
  const { api } = useStore();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const save = async () => {
    if (!form) return;
    setBusy(true);
    setFailure(null);
    try {
      saved(await api.addMaintenance(form));
    } catch (error) {
      setFailure((error as Error).message);
      setBusy(false);
    }
  };
  return { busy, failure, save };
}

function When(props: { draft: Draft; change: (part: Partial<Draft>) => void }): JSX.Element {
  const { draft, change } = props;
  const { time, text } = useStore();
  const say = text.value;
  const rrule = rruleOf(draft.repeat, draft.days, draft.start);
  return (
    <>
      <div class="field-row">
        <MomentField
          label={say.firstTimeLabel}
          hint={time.value.timezone}
          value={draft.start}
          change={(start) => change({ start })}
          required
        />
        <Field label={say.lengthLabel} hint={say.lengthHint}>
          <input
            type="number"
            required
            min={1}
            max={10080}
            list="lengths"
            value={draft.minutes}
            onInput={(event) => change({ minutes: Number(event.currentTarget.value) })}
          />
          <datalist id="lengths">
            {LENGTHS.map((minutes) => (
              <option key={minutes} value={minutes} />
            ))}
          </datalist>
        </Field>
      </div>
      <Choices
        label={say.howOften}
        options={REPEATS.map((name) => [name, say.repeats[name]])}
        value={draft.repeat}
        choose={(repeat) => change({ repeat })}
      />
      {draft.repeat === "weekly" && <Days days={draft.days} change={(days) => change({ days })} />}
      {rrule && (
        <p class="fine">
          {say.recurrence} <code>{rrule}</code>
        </p>
      )}
    </>
  );
}

function Days(props: { days: Weekday[]; change: (days: Weekday[]) => void }): JSX.Element {
  const say = useStore().text.value;
  const toggle = (day: Weekday) =>
    props.days.includes(day) ? props.days.filter((one) => one !== day) : [...props.days, day];
  return (
    <fieldset class="field">
      <legend class="field-label">{say.onDays}</legend>
      <div class="choices">
        {WEEKDAYS.map((day) => (
          <button
            key={day}
            type="button"
            class={props.days.includes(day) ? "chip is-on" : "chip"}
            aria-pressed={props.days.includes(day)}
            onClick={() => props.change(toggle(day))}
          >
            {say.weekdays[day]}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
