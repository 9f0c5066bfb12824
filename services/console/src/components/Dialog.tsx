import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { momentOf } from "../model/wall";
import { useStore } from "../store";
import { Icon, type IconName } from "./Icon";

/** A form over the page. The keyboard stays in it; Escape leaves it, and leaves what is below as it is. */
export function Dialog(props: {
  title: string;
  close: () => void;
  children: ComponentChildren;
}): JSX.Element {
  const { title, close, children } = props;
  const say = useStore().text.value;
  const ref = useRef<HTMLDialogElement>(null);
  const label = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-labelledby={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      <div class="dialog-head">
        <h2 id={label}>{title}</h2>
        <button type="button" class="tool" aria-label={say.close} title={say.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

/** A named field of a form. */
export function Field(props: { label: string; hint?: string; children: ComponentChildren }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the field is what it is given
    <label class="field">
      <span class="field-label">{props.label}</span>
      {props.children}
      {props.hint && <span class="fine">{props.hint}</span>}
    </label>
  );
}

/** A moment by the city's clocks; below it as the city writes it, since browsers write it in ways of their own. */
export function MomentField(props: {
  label: string;
  hint: string;
  value: string;
  change: (value: string) => void;
  required?: boolean;
}): JSX.Element {
  const { time } = useStore();
  const at = momentOf(props.value, time.value.timezone);
  const told = at === null ? props.hint : `${time.value.date(at)} ${time.value.short(at)}`;
  return (
    <Field label={props.label} hint={told}>
      <input
        type="datetime-local"
        required={props.required}
        value={props.value}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
    </Field>
  );
}

/** The end of a form: leave it or send it, and what is missing until it can be sent. */
export function FormFoot(props: {
  close: () => void;
  missing: string[];
  busy: boolean;
  failure: string | null;
  icon: IconName;
  word: string;
}): JSX.Element {
  const say = useStore().text.value;
  const { close, missing, busy, failure, icon, word } = props;
  return (
    <>
      {failure && (
        <p class="refusal" role="alert">
          {failure}
        </p>
      )}
      <div class="dialog-foot">
        <span class="fine dialog-missing">{missing.length > 0 && say.stillMissing(missing.join(", "))}</span>
        <button type="button" class="button" onClick={close}>
          {say.cancel}
        </button>
        <button type="submit" class="button is-primary" disabled={busy || missing.length > 0}>
          <Icon name={icon} size={18} />
          {word}
        </button>
      </div>
    </>
  );
}

/** A few choices of which one holds, as buttons beside one another. */
export function Choices<T extends string>(props: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  choose: (value: T) => void;
}): JSX.Element {
  const name = useId();
  return (
    <fieldset class="field">
      <legend class="field-label">{props.label}</legend>
      <div class="choices">
        {props.options.map(([value, word]) => (
          <label key={value} class={props.value === value ? "chip is-on" : "chip"}>
            <input
              type="radio"
              class="hidden"
              name={name}
              value={value}
              checked={props.value === value}
              onChange={() => props.choose(value)}
            />
            {props.value === value && <Icon name="check" size={14} />}
            {word}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
