import type { JSX } from "preact";
import type { Rule, Text } from "../../contract";
import { said, words } from "../../model/labels";
import { titleParts } from "../../model/rules";
import type { Saying } from "../../model/rulewords";
import { type Store, useStore } from "../../store";
import { Icon } from "../Icon";

/** What is needed to say a rule's condition: its metric by the catalogue's name, with its unit. */
export function sayingOf(store: Store, rule: Rule): Saying {
  const type = rule.on ? store.live.types.value.get(rule.on) : undefined;
  const metric = rule.metric ? (type?.metrics[rule.metric] ?? type?.derived?.[rule.metric]) : undefined;
  const say = store.text.value;
  return {
    say,
    lang: store.lang,
    metric: said(metric?.title, store.lang) || (rule.metric ? words(rule.metric) : say.valueNamed),
    unit: metric?.unit ?? "",
    zoneName: (id) => store.zoneName(id),
  };
}

/** A rule's title; what an alert fills in stands there by its name. */
export function RuleTitle({ title }: { title: Text }): JSX.Element {
  const { lang, text } = useStore();
  return (
    <>
      {titleParts(said(title, lang)).map(({ text: part, slot }, place) =>
        slot ? (
          <i key={place} class="slot">
            {text.value.slots[part] ?? part}
          </i>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** The mark of a rule whose alerts are recorded and never announced. */
export function Shadow({ rule }: { rule: Rule }): JSX.Element | null {
  const { text } = useStore();
  if (rule.mode !== "shadow") return null;
  return (
    <span class="shadow-mark" title={text.value.shadowNote}>
      <Icon name="dark" size={14} />
      {text.value.modes.shadow}
    </span>
  );
}

/** How many alerts of a rule are open. */
export function OpenOf({ firing, pending }: { firing: number; pending: number }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  return (
    <span class="rule-open">
      {firing > 0 && (
        <b>
          <Icon name="degraded" size={15} />
          {say.firingCount(firing)}
        </b>
      )}
      {pending > 0 && <span class="muted">{say.pendingCount(pending)}</span>}
      {firing + pending === 0 && <span class="muted">{say.noneOpen}</span>}
    </span>
  );
}
