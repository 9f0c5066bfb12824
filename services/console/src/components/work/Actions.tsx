import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Action } from "../../api";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon, type IconName } from "../Icon";
import { type Acting, useActing, useHindrance, type Work } from "./actions";

const FORMS = ["acknowledge", "assign", "comment", "close"] as const;
type Form = (typeof FORMS)[number];

const ICONS: Record<Form, IconName> = {
  acknowledge: "check",
  assign: "user",
  comment: "comment",
  close: "operational",
};

/** What an operator can do about an alert or an incident; who was faster is told of, plainly. */
export function Actions(props: { work: Work; done: () => void; silence?: () => void }): JSX.Element {
  const { work, done, silence } = props;
  const acting = useActing(work, done);
  const [chosen, setChosen] = useState<Form | null>(null);
  const hindrance = useHindrance();
  const forms = formsFor(work);
  const first: Form | null = forms.includes("acknowledge") ? "acknowledge" : null;
  const form = chosen !== null && forms.includes(chosen) ? chosen : first;
  return (
    <>
      <Refused acting={acting} />
      <Standing work={work} acting={acting} blocked={hindrance !== null} />
      {form && (
        <ActionForm
          key={form}
          form={form}
          work={work}
          acting={acting}
          blocked={hindrance !== null}
          isAsked={chosen !== null}
          close={() => setChosen(null)}
        />
      )}
      {hindrance && <p class="muted">{hindrance}</p>}
      <ActionBar
        forms={forms.filter((name) => name !== first || chosen !== null)}
        form={form}
        choose={setChosen}
        blocked={hindrance !== null}
        {...(silence && work.isOpen ? { silence } : {})}
      />
    </>
  );
}

/** What is over can still be spoken of. */
function formsFor({ isOpen, acknowledged }: Work): Form[] {
  if (!isOpen) return ["comment"];
  return FORMS.filter((form) => form !== "acknowledge" || !acknowledged);
}

function ActionBar(props: {
  forms: Form[];
  form: Form | null;
  choose: (form: Form) => void;
  blocked: boolean;
  silence?: () => void;
}): JSX.Element {
  const { forms, form, choose, blocked, silence } = props;
  const say = useStore().text.value;
  return (
    <div class="action-bar" role="toolbar" aria-label={say.actionsTitle}>
      {forms.map((name) => (
        <button
          key={name}
          type="button"
          class={form === name ? "chip is-on" : "chip"}
          aria-pressed={form === name}
          disabled={blocked}
          data-action={name}
          onClick={() => choose(name)}
        >
          <Icon name={ICONS[name]} size={15} />
          {say.actions[name]}
        </button>
      ))}
      {silence && (
        <button type="button" class="chip" disabled={blocked} data-action="silence" onClick={silence}>
          <Icon name="muted" size={15} />
          {say.actions.silence}
        </button>
      )}
    </div>
  );
}

function Refused({ acting }: { acting: Acting }): JSX.Element | null {
  const say = useStore().text.value;
  const { refusal } = acting;
  if (!refusal) return null;
  return (
    <div class="refusal" role="alert">
      <Icon name="degraded" size={18} />
      <p>
        <b>{refusal.isConflict ? say.conflict : say.failed}</b> {refusal.detail}
      </p>
    </div>
  );
}

/** Who has seen it, and whose it is. */
function Standing(props: { work: Work; acting: Acting; blocked: boolean }): JSX.Element | null {
  const { live, text, time } = useStore();
  const { acknowledged, assignedTo, kind, isOpen } = props.work;
  const say = text.value;
  if (!acknowledged && !assignedTo) return null;
  return (
    <div class="standing">
      {acknowledged && (
        <div class="acknowledged">
          <Icon name="check" />
          <p>
            <b>
              {say.acknowledgedTitle(
                acknowledged.by,
                time.value.moment(toMs(acknowledged.at) ?? 0, live.now.value),
              )}
            </b>
            {acknowledged.note && <q>{acknowledged.note}</q>}
          </p>
          {kind === "alerts" && isOpen && !props.blocked && (
            <button
              type="button"
              class="chip"
              disabled={props.acting.busy}
              onClick={() => void props.acting.act("unacknowledge", { note: "" })}
            >
              {say.takeBack}
            </button>
          )}
        </div>
      )}
      {assignedTo && (
        <div class="acknowledged">
          <Icon name="user" />
          <p>
            <b>{say.assignedTo(assignedTo)}</b>
          </p>
        </div>
      )}
    </div>
  );
}

interface FormProps {
  form: Form;
  work: Work;
  acting: Acting;
  blocked: boolean;
  /** The operator asked for it: the keyboard goes there. */
  isAsked: boolean;
  close: () => void;
}

function ActionForm(props: FormProps): JSX.Element {
  return props.form === "assign" ? <AssignForm {...props} /> : <NoteForm {...props} form={props.form} />;
}

function NoteForm(props: FormProps & { form: Exclude<Form, "assign"> }): JSX.Element {
  const { form, acting, blocked, isAsked, close } = props;
  const say = useStore().text.value;
  const [note, setNote] = useState("");
  const isNeeded = form !== "acknowledge";
  const words = {
    acknowledge: { hint: say.notePlaceholder, button: acting.busy ? say.acknowledging : say.acknowledge },
    comment: { hint: say.commentPlaceholder, button: say.actions.comment },
    close: { hint: say.closePlaceholder, button: say.closeNow },
  }[form];
  const send = async () => {
    if (await acting.act(form as Action, { note: note.trim() })) {
      setNote("");
      close();
    }
  };
  return (
    <OneLine
      label={form === "acknowledge" ? say.note : words.hint}
      placeholder={words.hint}
      value={note}
      change={setNote}
      send={() => void send()}
      disabled={blocked}
      focus={isAsked}
    >
      <button
        type="submit"
        class="button is-primary"
        disabled={acting.busy || blocked || (isNeeded && note.trim() === "")}
      >
        <Icon name={ICONS[form]} size={18} />
        {words.button}
      </button>
    </OneLine>
  );
}

function AssignForm({ work, acting, blocked, isAsked, close }: FormProps): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const me = store.me.value;
  const [name, setName] = useState("");
  const give = async (to: string | null) => {
    if (await acting.act("assign", { to })) close();
  };
  const off = acting.busy || blocked;
  return (
    <>
      <OneLine
        label={say.assignPlaceholder}
        placeholder={say.assignPlaceholder}
        value={name}
        change={setName}
        send={() => void give(name.trim())}
        disabled={blocked}
        focus={isAsked}
        options={useNames()}
      >
        <button type="submit" class="button is-primary" disabled={off || name.trim() === ""}>
          <Icon name="user" size={18} />
          {say.actions.assign}
        </button>
      </OneLine>
      <div class="action-bar">
        {me && work.assignedTo !== me && (
          <button type="button" class="button" disabled={off} onClick={() => void give(me)}>
            {say.assignMe}
          </button>
        )}
        {work.assignedTo && (
          <button type="button" class="button" disabled={off} onClick={() => void give(null)}>
            {say.assignNobody}
          </button>
        )}
      </div>
    </>
  );
}

/** Names that the page has seen at work. */
function useNames(): string[] {
  const { live, me } = useStore();
  const names = new Set(me.value ? [me.value] : []);
  for (const { assigned_to, acknowledged } of live.alerts.held.value?.values() ?? []) {
    if (assigned_to) names.add(assigned_to);
    if (acknowledged) names.add(acknowledged.by);
  }
  return [...names].sort();
}

function OneLine(props: {
  label: string;
  placeholder: string;
  value: string;
  change: (value: string) => void;
  send: () => void;
  disabled: boolean;
  focus: boolean;
  options?: string[];
  children: ComponentChildren;
}): JSX.Element {
  const ref = useRef<HTMLInputElement>(null);
  const list = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as the form opens
  useEffect(() => {
    if (props.focus) ref.current?.focus();
  }, []);
  return (
    <form
      class="acknowledge"
      onSubmit={(event) => {
        event.preventDefault();
        props.send();
      }}
    >
      <label>
        <span class="hidden">{props.label}</span>
        <input
          ref={ref}
          type="text"
          maxLength={500}
          placeholder={props.placeholder}
          value={props.value}
          disabled={props.disabled}
          list={props.options ? list : undefined}
          onInput={(event) => props.change(event.currentTarget.value)}
        />
      </label>
      {props.options && (
        <datalist id={list}>
          {props.options.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      {props.children}
    </form>
  );
}
