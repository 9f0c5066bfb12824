import type { JSX } from "preact";
import type { RuleProblem } from "../../contract";
import { shown } from "../../model/labels";
import { useStore } from "../../store";
import { Icon } from "../Icon";

/** The mistakes in rule files that are therefore not in force. */
export function Mistakes({ problems }: { problems: RuleProblem[] }): JSX.Element | null {
  const { text } = useStore();
  const say = text.value;
  if (problems.length === 0) return null;
  return (
    <section class="card mistakes" role="alert" aria-label={say.mistakes(problems.length)}>
      <div class="mistakes-head">
        <Icon name="outage" />
        <div>
          <h2>{say.mistakes(problems.length)}</h2>
          <p class="muted">{say.mistakesText}</p>
        </div>
      </div>
      <ul>
        {problems.map((problem) => (
          <Mistake
            key={`${problem.file} ${problem.line} ${problem.key} ${problem.message}`}
            problem={problem}
          />
        ))}
      </ul>
    </section>
  );
}

function Mistake({ problem }: { problem: RuleProblem }): JSX.Element {
  const { lang, text } = useStore();
  const { file, line, key, value, message, allowed } = problem;
  return (
    <li data-mistake>
      <code class="mistake-place">{line === null ? file : `${file}:${line}`}</code>
      <p lang="en">
        {key && <code>{value === null ? key : `${key}: ${shown(value, lang)}`}</code>} {message}
        {allowed && <span class="muted"> {text.value.allowed(allowed)}</span>}
      </p>
    </li>
  );
}
