import type { JSX } from "preact";
import { DOMAINS, type DomainId, type Page, PROBLEMS, type ProblemName, type Quality } from "../../contract";
import { said } from "../../model/labels";
import { type Survey, surveyOf, worstFirst } from "../../model/quality";
import { useStore } from "../../store";
import { Empty } from "../Alerts";
import { usePolled } from "../hooks";
import { Icon } from "../Icon";
import { QualityRow } from "./QualityRow";
import { Unknown } from "./Unknown";

const QUALITY_MS = 10_000;
const SURVEY_MS = 60_000;
/** What one answer holds, and how many devices are looked at to tell how many are unknown. */
const MOST = 300;
const SURVEYED = 1000;

/** Devices whose data is not as it should be, the worst first; of one device all that is known. */
export function QualityCard(): JSX.Element {
  const { api, dataFilters, text } = useStore();
  const say = text.value;
  const { device, domain, zone, problems } = dataFilters.value;
  const where = { device: device ?? undefined, domain: domain ?? undefined, zone: zone ?? undefined };
  const key = JSON.stringify(where);
  const problem = (device && !problems.length ? [] : problems.length ? problems : PROBLEMS).join(",");
  const polled = usePolled(key + problem, QUALITY_MS, () =>
    api.quality({ ...where, problem: problem || undefined, limit: MOST }),
  );
  const survey = usePolled(key, SURVEY_MS, () => api.quality({ ...where, limit: SURVEYED }));
  const page = polled.value;
  const known = survey.value && surveyOf(survey.value.items, survey.value.next !== null);
  return (
    <section class="card quality" aria-label={say.qualityTitle} aria-busy={!page}>
      <div class="card-head">
        <h2>
          {say.qualityTitle}
          {page && page.items.length > 0 && (
            <span class="count">{say.causes(page.items.length, page.next !== null)}</span>
          )}
        </h2>
        <QualityFilters />
      </div>
      <Unknown polled={polled} />
      {page ? <QualityList page={page} survey={known} /> : polled.error === null && <div class="bone row" />}
    </section>
  );
}

function QualityFilters(): JSX.Element {
  const store = useStore();
  const say = store.text.value;
  const { domain, zone, problems } = store.dataFilters.value;
  const toggle = (problem: ProblemName) => {
    const others = problems.filter((known) => known !== problem);
    store.filterData({ problems: others.length < problems.length ? others : [...others, problem] });
  };
  return (
    <div class="filters">
      <fieldset class="chips">
        <legend class="hidden">{say.filterProblem}</legend>
        {PROBLEMS.map((problem) => (
          <button
            key={problem}
            type="button"
            class={problems.includes(problem) ? "chip is-on" : "chip"}
            aria-pressed={problems.includes(problem)}
            onClick={() => toggle(problem)}
          >
            {problems.includes(problem) && <Icon name="check" size={14} />}
            {say.problems[problem]}
          </button>
        ))}
      </fieldset>
      <select
        class={domain ? "chip is-on" : "chip"}
        aria-label={say.filterDomain}
        value={domain ?? ""}
        onChange={(event) =>
          store.filterData({ domain: (event.currentTarget.value || null) as DomainId | null })
        }
      >
        <option value="">{say.allDomains}</option>
        {DOMAINS.map((id) => (
          <option key={id} value={id}>
            {say.domains[id]}
          </option>
        ))}
      </select>
      <select
        class={zone ? "chip is-on" : "chip"}
        aria-label={say.filterZone}
        value={zone ?? ""}
        onChange={(event) => store.filterData({ zone: event.currentTarget.value || null })}
      >
        <option value="">{say.allZones}</option>
        {(store.live.zones.value ?? []).map(({ id, name }) => (
          <option key={id} value={id}>
            {said(name, store.lang)}
          </option>
        ))}
      </select>
    </div>
  );
}

function QualityList({ page, survey }: { page: Page<Quality>; survey: Survey | null }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (page.items.length === 0) return <NothingWrong survey={survey} />;
  return (
    <>
      <ul class="quality-list">
        {worstFirst(page.items).map((quality) => (
          <QualityRow key={quality.device} quality={quality} />
        ))}
      </ul>
      {page.next !== null && <p class="quality-foot fine">{say.moreDevices}</p>}
      {survey && survey.unknown.length > 0 && survey.devices > 1 && (
        <p class="quality-foot mark fine tone-unknown">
          <Icon name="unknown" size={16} />
          <span>
            <UnknownDevices survey={survey} />
          </span>
        </p>
      )}
    </>
  );
}

/** Nothing wrong is good news only when something is known. */
function NothingWrong({ survey }: { survey: Survey | null }): JSX.Element {
  const { dataFilters, lang, text } = useStore();
  const say = text.value;
  if (!survey) return <div class="bone row" />;
  if (survey.devices === 0) return <Empty icon="unknown" title={say.noSuchDevices} />;
  if (dataFilters.value.problems.length > 0) return <Empty icon="operational" title={say.noneOfThese} />;
  if (survey.unknown.length === survey.devices) return <Empty icon="unknown" title={say.nothingKnown} />;
  if (survey.unknown.length > 0)
    return <Empty icon="unknown" title={say.goodSoFar} detail={unknownText(survey, say, lang)} />;
  const detail = `${say.allGoodText(survey.devices)} ${survey.more ? say.firstOnly : ""}`;
  return <Empty icon="operational" title={say.allGood} detail={detail} />;
}

function UnknownDevices({ survey }: { survey: Survey }): JSX.Element {
  const { lang, text } = useStore();
  return <>{unknownText(survey, text.value, lang)}</>;
}

function unknownText(
  { unknown, devices, more }: Survey,
  say: { unknownDevices: (n: number, of: string) => string },
  lang: string,
): string {
  const some = unknown.slice(0, 4).join(", ") + (unknown.length > 4 ? ", …" : "");
  const of = `${devices.toLocaleString(lang === "th" ? "th-TH" : "en-GB")}${more ? "+" : ""}`;
  return `${say.unknownDevices(unknown.length, of)}: ${some}`;
}
