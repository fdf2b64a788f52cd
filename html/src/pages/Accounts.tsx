/*
 * Service accounts: searched and paged by the server, as long as they stand in
 * its order; sorted otherwise, all that match are fetched.
 */

import { useState } from "preact/hooks";
import { api, listAll } from "../api/endpoints";
import type { Account, AccountPage } from "../api/types";
import { AccountTable } from "../accounts/AccountTable";
import { DeleteAccount } from "../accounts/DeleteAccount";
import { MoveAccounts } from "../accounts/MoveAccounts";
import { parseSort, sortAccounts, sortText, turned } from "../accounts/sort";
import type { Sort } from "../accounts/sort";
import { useThisMonth } from "../accounts/useThisMonth";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { Paging } from "../components/Paging";
import { ProblemView } from "../components/ProblemView";
import { SearchField } from "../components/SearchField";
import { SkeletonBox, Waiting } from "../components/Skeleton";
import { FirstSteps } from "../dashboard/FirstSteps";
import { plural, t, useLang } from "../i18n";
import { useLoad } from "../lib/useLoad";
import { setQuery, useLocation } from "../router";
import { ensureDirectory, useDirectory } from "../store/directory";
import { useAdmin } from "../store/store";

const LIMIT = 25;

/* As long as nothing is known, a line of its height: nothing moves then. */
function leadOf(total: number | null, filtered: boolean): string {
  if (total === null) {
    return "\u00a0";
  }
  return total === 0 && !filtered ? t("accounts.lead") : plural("accounts.count", total);
}

type Filters = Record<"q" | "provider" | "project", string | null>;

async function allOf(filters: Filters, signal: AbortSignal): Promise<AccountPage> {
  const all = await listAll("service_accounts", (page) =>
    api.accounts({ ...filters, ...page }, signal),
  );
  return { service_accounts: all, next_cursor: null, total: all.length };
}

/*
 * Whose costs are asked for: of a page, its own; of all that were fetched, all,
 * as asking for each page anew would cost more.
 */
function idsOf(found: Account[], sort: Sort | null, cursor: string | null): string[] | null {
  if (found.length === 0) {
    return null;
  }
  return sort === null && (cursor !== null || found.length === LIMIT)
    ? found.map(({ id }) => id)
    : [];
}

type Open = { kind: "delete"; account: Account } | { kind: "move"; accounts: Account[] };

function ProviderSelect({ value }: { value: string }) {
  const directory = useDirectory();

  return (
    <label class="inline-field">
      <span>{t("accounts.provider")}</span>
      <select
        class="select"
        value={value}
        onChange={(event) =>
          setQuery({ provider: event.currentTarget.value, cursor: null })
        }
      >
        <option value="">{t("accounts.all")}</option>
        {[...(directory?.providers.values() ?? [])].map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function ProjectSelect({ value }: { value: string }) {
  const directory = useDirectory();

  return (
    <label class="inline-field">
      <span>{t("accounts.project")}</span>
      <select
        class="select"
        value={value}
        onChange={(event) =>
          setQuery({ project: event.currentTarget.value, cursor: null })
        }
      >
        <option value="">{t("accounts.all")}</option>
        {[...(directory?.projects.values() ?? [])].map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Tools({ selected, onMove }: { selected: number; onMove: () => void }) {
  const { query } = useLocation();

  return (
    <div class="tools">
      <SearchField
        label={t("accounts.search")}
        value={query.get("q") ?? ""}
        onChange={(q) => setQuery({ q, cursor: null }, { replace: true })}
      />
      <ProviderSelect value={query.get("provider") ?? ""} />
      <ProjectSelect value={query.get("project") ?? ""} />
      {selected > 0 && (
        <div class="tools-end">
          <span class="num">{plural("accounts.selected", selected)}</span>
          <button type="button" class="button" onClick={onMove}>
            <Icon name="move" />
            {t("accounts.change_project")}
          </button>
        </div>
      )}
    </div>
  );
}

export function Accounts() {
  const admin = useAdmin();
  const lang = useLang();
  const directory = useDirectory();
  const { query } = useLocation();
  const cursor = query.get("cursor");
  const [trail, setTrail] = useState<(string | null)[]>([]);
  const [selected, setSelected] = useState<string[]>([]);
  const [open, setOpen] = useState<Open | null>(null);
  const filters = {
    q: query.get("q"),
    provider: query.get("provider"),
    project: query.get("project"),
  };
  const filtered = Object.values(filters).some((value) => value !== null);
  const sort = parseSort(query.get("sort"));
  const { data, problem, loading, reload } = useLoad(
    async (signal) => {
      const names = ensureDirectory();
      const page =
        sort === null
          ? await api.accounts({ ...filters, cursor, limit: LIMIT }, signal)
          : await allOf(filters, signal);
      await names;
      return page;
    },
    [JSON.stringify(filters), sort === null ? cursor : "sorted"],
  );
  const found = data?.service_accounts ?? [];
  /* by cost: those of all of them are needed, else of those in sight */
  const month = useThisMonth(
    "account",
    data === null ? null : sort?.key === "cost" ? [] : idsOf(found, sort, cursor),
    (id) => [id],
  );
  const at = sort === null ? 0 : Number(cursor ?? 0) || 0;
  const sorted =
    sort === null ? found : sortAccounts(found, sort, directory, month, lang);
  const list = sort === null ? found : sorted.slice(at, at + LIMIT);
  const following =
    sort === null
      ? (data?.next_cursor ?? null)
      : at + LIMIT < sorted.length
        ? String(at + LIMIT)
        : null;
  const chosen = list.filter((account) => selected.includes(account.id));
  const close = () => setOpen(null);
  const done = () => {
    close();
    setSelected([]);
    reload();
  };

  return (
    <>
      <PageHead
        title={t("accounts.title")}
        lead={leadOf(data?.total ?? null, filtered)}
      >
        {admin && !(data?.total === 0 && !filtered) && (
          <Link to="service-accounts/new" class="button primary">
            <Icon name="plus" />
            {t("accounts.add")}
          </Link>
        )}
      </PageHead>
      {problem !== null && <ProblemView problem={problem} retry={reload} />}
      {data === null && problem === null && (
        <div class="card">
          <Waiting />
          <SkeletonBox kind="page" />
        </div>
      )}
      {data !== null && data.total === 0 && !filtered && <FirstSteps />}
      {data !== null && (data.total > 0 || filtered) && (
        <div class="card" aria-busy={loading || (list.length > 0 && !month.settled)}>
          <Tools
            selected={chosen.length}
            onMove={() => setOpen({ kind: "move", accounts: chosen })}
          />
          {list.length === 0 ? (
            <div class="empty">
              <p data-testid="no-match">{t("accounts.no_match")}</p>
              <Link to="service-accounts" class="button">
                {t("accounts.show_all")}
              </Link>
            </div>
          ) : (
            <AccountTable
              accounts={list}
              month={month}
              sort={sort}
              onSort={(key) => {
                setTrail([]);
                setQuery({ sort: sortText(turned(sort, key)), cursor: null });
              }}
              admin={admin}
              selected={selected}
              onSelect={setSelected}
              onDelete={(account) => setOpen({ kind: "delete", account })}
            />
          )}
          <Paging
            next={following}
            cursor={cursor}
            trail={trail}
            onGo={(to, passed) => {
              setTrail(passed);
              setQuery({ cursor: to });
            }}
          />
        </div>
      )}
      {open?.kind === "delete" && (
        <DeleteAccount account={open.account} onClose={close} onDone={done} />
      )}
      {open?.kind === "move" && (
        <MoveAccounts accounts={open.accounts} onClose={close} onDone={done} />
      )}
    </>
  );
}
