import type { JSX } from "preact";
import { DOMAINS, type Flood, type FloodShare } from "../contract";
import { mostOf } from "../model/floods";
import { said } from "../model/labels";
import { span, toMs } from "../model/time";
import { useStore } from "../store";
import { Icon } from "./Icon";

/** More alerts come than anybody can read: says so, of what they are, and leads to the incidents. */
export function FloodBanner(): JSX.Element | null {
  const { live } = useStore();
  const flood = live.work.flood.value;
  return flood && <Banner flood={flood} />;
}

function Banner({ flood }: { flood: Flood }): JSX.Element {
  const { live, lang, page, list, text, time } = useStore();
  const say = text.value;
  const now = live.now.value;
  const began = toMs(flood.began) ?? now;
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  const domain = DOMAINS.find((known) => known === flood.scope);
  const isThere = page.value === "city" && list.value === "incidents";
  return (
    <section class="banner flood" aria-label={say.floodTitle}>
      <Icon name="flood" size={26} />
      <div class="flood-words">
        <p>
          <b role="status">
            {domain && `${say.domains[domain]}: `}
            {say.floodSince(time.value.moment(began, now))}
          </b>{" "}
          {say.floodCount(count(flood.alerts), span(now - began, lang))}
        </p>
        <Most shares={mostOf(flood)} count={count} />
      </div>
      {!isThere && (
        <a class="button is-primary" href="#incidents">
          {say.toIncidents}
        </a>
      )}
    </section>
  );
}

function Most(props: { shares: FloodShare[]; count: (n: number) => string }): JSX.Element | null {
  const store = useStore();
  const say = store.text.value;
  if (props.shares.length === 0) return null;
  const name = ({ title, rule, zone, incident }: FloodShare) =>
    said(title, store.lang) || rule || (zone ? store.zoneName(zone) : (incident ?? ""));
  const told = props.shares.map((share) => `${name(share)} (${props.count(share.count)})`).join(" · ");
  return (
    <p class="muted">
      {say.floodMost(told)} {say.floodNothingHidden}
    </p>
  );
}
