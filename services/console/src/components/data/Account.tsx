import type { JSX } from "preact";
import type { Account as Counts, Ledger } from "../../contract";
import type { Polled } from "../../live/poll";
import { type AccountRow, accountRows, ENDS, shares } from "../../model/ledger";
import { toMs } from "../../model/time";
import { useStore } from "../../store";
import { Icon } from "../Icon";
import { AddsUp } from "../PulseCard";
import { DeviceFilter } from "./DeviceFilter";
import { Unknown } from "./Unknown";

const SIGNS = { stored: "=", duplicate: "+", quarantined: "+", pending: "+" };

interface AccountProps {
  polled: Polled<Ledger>;
  device: string | null;
}

/** Where every reading is that was received: of the city by domain, or of one device. */
export function Account({ polled, device }: AccountProps): JSX.Element {
  const { text } = useStore();
  const ledger = polled.value;
  const say = text.value;
  return (
    <section class="card account" id="ledger" aria-label={say.ledgerTitle} aria-busy={!ledger} tabIndex={-1}>
      <div class="card-head">
        <h2>{say.ledgerTitle}</h2>
        {ledger && <AddsUp ledger={ledger} />}
        {ledger && <Since ledger={ledger} />}
        <DeviceFilter />
      </div>
      <Unknown polled={polled} />
      {ledger ? <Accounts ledger={ledger} device={device} /> : polled.error === null && <Bones />}
    </section>
  );
}

function Bones(): JSX.Element {
  return (
    <>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} class="bone row" />
      ))}
    </>
  );
}

function Since({ ledger }: { ledger: Ledger }): JSX.Element | null {
  const { live, text, time } = useStore();
  const since = toMs(ledger.since);
  if (since === null) return null;
  return <span class="fine">{text.value.ledgerSince(time.value.moment(since, live.now.value))}</span>;
}

function Accounts({ ledger, device }: { ledger: Ledger; device: string | null }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  const names = { ...say, pending: say.inWork };
  return (
    <table class="accounts">
      <thead>
        <tr>
          <th scope="col">{device === null ? say.domain : say.device}</th>
          <td />
          <th scope="col">{say.received}</th>
          {ENDS.map((end) => (
            <th key={end} scope="col">
              <span class={`swatch fill-${end}`} aria-hidden="true" />
              <i aria-hidden="true">{SIGNS[end]}</i> {names[end]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {device === null && accountRows(ledger).map((row) => <DomainRow key={row.domain} row={row} />)}
        <Row name={device ?? say.everything} account={ledger} id="all" />
      </tbody>
    </table>
  );
}

function DomainRow({ row }: { row: AccountRow }): JSX.Element {
  const { text } = useStore();
  const say = text.value;
  if (row.domain === "unknown") return <Row name={say.noDomain} account={row.account} id="unknown" />;
  return <Row name={say.domains[row.domain]} icon={row.domain} account={row.account} id={row.domain} />;
}

interface RowProps {
  name: string;
  id: string;
  icon?: Exclude<AccountRow["domain"], "unknown">;
  account: Counts | null;
}

function Row({ name, icon, account, id }: RowProps): JSX.Element {
  const { lang, text } = useStore();
  const say = text.value;
  const names = { ...say, pending: say.inWork };
  const count = (n: number) => n.toLocaleString(lang === "th" ? "th-TH" : "en-GB");
  return (
    <tr data-account={id}>
      <th scope="row">
        {icon && <Icon name={icon} size={17} />}
        {name}
      </th>
      {account ? (
        <>
          <td class="account-bar">
            <Stack account={account} />
          </td>
          <td data-label={say.received}>
            <b>{count(account.received)}</b>
          </td>
          {ENDS.map((end) => (
            <td
              key={end}
              data-label={names[end]}
              data-end={end}
              class={`end-${end} ${account[end] ? "has-some" : ""}`}
            >
              {count(account[end])}
            </td>
          ))}
        </>
      ) : (
        <td colSpan={6} class="account-none">
          {say.nothingReceived}
        </td>
      )}
    </tr>
  );
}

/** The ends beside one another; the numbers in the same row say the same. */
function Stack({ account }: { account: Counts }): JSX.Element {
  return (
    <span class="stack" aria-hidden="true">
      {shares(account).map(({ end, share }) => (
        <span key={end} class={`fill-${end}`} style={{ flexGrow: share }} />
      ))}
    </span>
  );
}
