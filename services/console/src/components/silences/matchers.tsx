import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { DOMAINS, type Matcher, SEVERITIES } from "../../contract";
import { type MatcherForm, partsOf } from "../../model/silences";
import { useStore } from "../../store";
import { Field } from "../Dialog";

/** More suggestions than this help nobody. */
const MOST_OPTIONS = 300;

/** A matcher in words: every part that it asks, names in place of ids where they are known. */
export function useMatcherWords(): (matcher: Matcher) => string {
  const store = useStore();
  const say = store.text.value;
  const name = (field: string, pattern: string): string => {
    if (field === "zones") return store.zoneName(pattern);
    if (field === "services") return store.serviceName(pattern);
    if (field === "domains") return (say.domains as Record<string, string>)[pattern] ?? pattern;
    if (field === "severities") return (say.severities as Record<string, string>)[pattern] ?? pattern;
    return pattern;
  };
  return (matcher) => {
    const parts = partsOf(matcher).map(
      ({ field, patterns }) =>
        `${say.matcherFields[field]} ${patterns.map((pattern) => name(field, pattern)).join(", ")}`,
    );
    return parts.length ? parts.join(" · ") : say.everyAlert;
  };
}

const TEXTS = ["zones", "services", "devices", "rules", "labels"] as const;

/** Which alerts, part by part. */
export function MatcherFields(props: {
  form: MatcherForm;
  change: (form: MatcherForm) => void;
}): JSX.Element {
  const say = useStore().text.value;
  const { form, change } = props;
  const options = useOptions();
  const choice = (field: "domains" | "severities", all: string, named: [string, string][]) => (
    <Field label={say.matcherFields[field]}>
      <select
        value={form[field]}
        onChange={(event) => change({ ...form, [field]: event.currentTarget.value })}
      >
        <option value="">{all}</option>
        {named.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </Field>
  );
  return (
    <div class="matcher-fields">
      {TEXTS.map((field) => (
        <TextField
          key={field}
          field={field}
          value={form[field]}
          options={options[field] ?? []}
          change={(value) => change({ ...form, [field]: value })}
        />
      ))}
      {choice(
        "domains",
        say.allDomains,
        DOMAINS.map((id) => [id, say.domains[id]]),
      )}
      {choice(
        "severities",
        say.anySeverity,
        SEVERITIES.map((id) => [id, say.severities[id]]),
      )}
      <p class="fine">{say.matcherHint}</p>
    </div>
  );
}

function TextField(props: {
  field: (typeof TEXTS)[number];
  value: string;
  options: string[];
  change: (value: string) => void;
}): JSX.Element {
  const say = useStore().text.value;
  const list = useId();
  return (
    <Field label={say.matcherFields[props.field === "labels" ? "label" : props.field]}>
      <input
        type="text"
        maxLength={500}
        list={list}
        placeholder={say.matcherExamples[props.field]}
        defaultValue={props.value}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
      <datalist id={list}>
        {props.options.slice(0, MOST_OPTIONS).map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </Field>
  );
}

function useOptions(): Partial<Record<(typeof TEXTS)[number], string[]>> {
  const { live } = useStore();
  const services = live.domains.value?.flatMap((domain) => domain.services.map(({ id }) => id)) ?? [];
  return {
    devices: [...live.devices.value.keys()],
    rules: Object.keys(live.alerts.counts.value?.rules ?? {}),
    zones: live.zones.value?.map(({ id }) => id) ?? [],
    services,
  };
}
