/*
 * The linked accounts behind a service account: since when they are there,
 * which ones have left, and what each costs this month as far as that is kept.
 */

import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { LinkedAccount } from "../api/types";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Money } from "../components/Money";
import { Paging } from "../components/Paging";
import { ProblemView } from "../components/ProblemView";
import { SearchField } from "../components/SearchField";
import { Waiting } from "../components/Skeleton";
import { number, plural, t, useLang } from "../i18n";
import { parseDecimal } from "../lib/decimal";
import { mediumPeriod } from "../lib/period";
import { useLoad } from "../lib/useLoad";

const LIMIT = 25;

function Day({ iso, otherwise }: { iso: string | null; otherwise: string }) {
  const lang = useLang();

  if (iso === null) {
    return (
      <>
        <span aria-hidden="true">–</span>
        <span class="sr">{otherwise}</span>
      </>
    );
  }
  return <time dateTime={iso}>{mediumPeriod(iso.slice(0, 10), lang)}</time>;
}

function Row({ account }: { account: LinkedAccount }) {
  const lang = useLang();
  const costs = Object.entries(account.cost);

  return (
    <tr role="row" class={account.gone_since === null ? "" : "gone"}>
      <th scope="row" role="rowheader">
        <span class="mono">{account.id}</span>
        {account.name !== null && <span class="alias">{account.name}</span>}
        {account.joined_at !== null && (
          <span class="since">
            {t("linked.joined")} {mediumPeriod(account.joined_at.slice(0, 10), lang)}
          </span>
        )}
      </th>
      <td role="cell" class="num wide">
        <Day iso={account.joined_at} otherwise={t("linked.first")} />
      </td>
      <td role="cell" class="num left">
        <Day iso={account.gone_since} otherwise={t("linked.there")} />
      </td>
      <td role="cell" class="end">
        {costs.length === 0 ? (
          <>
            <span aria-hidden="true">–</span>
            <span class="sr">{t("linked.no_cost")}</span>
          </>
        ) : (
          costs.map(([currency, amount]) => (
            <div key={currency}>
              <Money value={parseDecimal(amount)} currency={currency} />
            </div>
          ))
        )}
      </td>
    </tr>
  );
}

/* In a small window a row is no row of cells any more: its roles are told. */
function Table({ accounts }: { accounts: LinkedAccount[] }) {
  return (
    <div class="table-scroll" role="group" aria-label={t("linked.title")} tabIndex={0}>
      <table class="table linked" role="table" data-testid="linked-table">
        <caption class="sr">{t("linked.title")}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">{t("linked.id")}</th>
            <th scope="col" role="columnheader" class="wide">{t("linked.joined")}</th>
            <th scope="col" role="columnheader">{t("linked.left")}</th>
            <th scope="col" role="columnheader" class="end">
              {t("linked.cost")}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {accounts.map((account) => (
            <Row key={account.id} account={account} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/* A list that had lost more than half, and was believed when it said so again. */
export function Shrunk({ at }: { at: string | null }) {
  const lang = useLang();

  if (at === null) {
    return null;
  }
  return (
    <div class="coverage" data-testid="shrunk">
      <Icon name="warning" />
      <div>
        <p class="coverage-title">
          {t("linked.shrunk", { day: mediumPeriod(at.slice(0, 10), lang) })}
        </p>
        <p>{t("linked.shrunk_text")}</p>
      </div>
    </div>
  );
}

interface Props {
  account: string;
  /* changes when what is kept may have changed */
  changes: number;
}

export function LinkedAccounts({ account, changes }: Props) {
  const [q, setQ] = useState("");
  const [at, setAt] = useState<{ cursor: string | null; trail: (string | null)[] }>({
    cursor: null,
    trail: [],
  });
  const { data, problem, loading, reload } = useLoad(
    (signal) =>
      api.linkedAccounts(account, { q: q || null, cursor: at.cursor, limit: LIMIT }, signal),
    [account, changes, q, at.cursor],
  );

  if (problem !== null) {
    return <ProblemView problem={problem} retry={reload} />;
  }
  if (data === null) {
    return <Waiting />;
  }
  if (data.total === 0 && q === "") {
    return null;
  }

  const paged = data.next_cursor !== null || at.cursor !== null || q !== "";
  return (
    <Card
      title={t("linked.title")}
      note={plural("linked.count", data.total, { n: number(data.total) })}
      busy={loading}
      testid="linked"
      actions={
        paged && (
          <SearchField
            label={t("linked.search")}
            value={q}
            onChange={(text) => {
              setQ(text);
              setAt({ cursor: null, trail: [] });
            }}
          />
        )
      }
    >
      {data.linked_accounts.length === 0 ? (
        <p class="quiet-text">{t("linked.no_match")}</p>
      ) : (
        <Table accounts={data.linked_accounts} />
      )}
      <Paging
        next={data.next_cursor}
        cursor={at.cursor}
        trail={at.trail}
        onGo={(cursor, trail) => setAt({ cursor, trail })}
      />
    </Card>
  );
}
