/*
 * The table of service accounts.
 */

import type { Account } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Moment } from "../components/Moment";
import { Status, statusReason } from "../components/Status";
import { t } from "../i18n";
import type { Key } from "../i18n";
import { useDirectory } from "../store/directory";
import { accountNumber } from "./number";
import type { Sort, SortKey } from "./sort";
import { SpentText } from "./SpentCell";
import type { Month, Spent } from "./useThisMonth";

interface Props {
  accounts: Account[];
  month: Month;
  sort: Sort | null;
  onSort: (key: SortKey) => void;
  admin: boolean;
  selected: string[];
  onSelect: (ids: string[]) => void;
  onDelete: (account: Account) => void;
}

interface RowProps {
  account: Account;
  spent: Spent;
  admin: boolean;
  selected: boolean;
  onSelect: (on: boolean) => void;
  onDelete: () => void;
}

function Row({ account, spent, admin, selected, onSelect, onDelete }: RowProps) {
  const directory = useDirectory();
  const project = directory?.projects.get(account.project_id);
  const provider = directory?.providers.get(account.provider);
  const number = accountNumber(account.credentials, provider);
  const { id, name } = account;

  return (
    <tr class={selected ? "selected" : ""}>
      {admin && (
        <td class="pick">
          <input
            type="checkbox"
            aria-label={t("accounts.select", { name })}
            checked={selected}
            onChange={(event) => onSelect(event.currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row">
        <Link to={`service-accounts/${id}`}>{name}</Link>
        <span class="number-note mono">{number}</span>
        <span class="project-note">{project?.name ?? account.project_id}</span>
      </th>
      <td>
        <Status state={account.state} />
        {account.state !== "ok" && <p class="fact-note">{statusReason(account)}</p>}
      </td>
      <td class="end num">
        <SpentText spent={spent} />
      </td>
      <td class="wide">
        <Link to={`projects/${account.project_id}`}>
          {project?.name ?? account.project_id}
        </Link>
      </td>
      <td class="widest">{provider?.name ?? account.provider}</td>
      <td class="widest mono">{number}</td>
      <td class="widest num">
        <Moment iso={account.verified_at} />
      </td>
      {admin && (
        <td class="end roomy">
          <button
            type="button"
            class="button quiet square small"
            aria-label={t("accounts.delete", { name })}
            title={t("accounts.delete", { name })}
            onClick={onDelete}
          >
            <Icon name="trash" />
          </button>
        </td>
      )}
    </tr>
  );
}

const COLUMNS: { key: SortKey; label: Key; place: string }[] = [
  { key: "name", label: "table.name", place: "" },
  { key: "status", label: "accounts.state", place: "" },
  { key: "cost", label: "accounts.cost", place: "end" },
  { key: "project", label: "accounts.project", place: "wide" },
  { key: "provider", label: "accounts.provider", place: "widest" },
  { key: "number", label: "accounts.account", place: "widest" },
  { key: "verified", label: "accounts.verified", place: "widest" },
];

interface HeadProps {
  label: string;
  place: string;
  order: "ascending" | "descending" | "none";
  onSort: () => void;
}

function SortHead({ label, place, order, onSort }: HeadProps) {
  return (
    <th scope="col" class={place} aria-sort={order}>
      <button type="button" class="sort" onClick={onSort}>
        {label}
        {order !== "none" && <Icon name={order === "ascending" ? "up" : "fall"} />}
      </button>
    </th>
  );
}

export function AccountTable(props: Props) {
  const { accounts, month, sort, onSort, admin, selected, onSelect, onDelete } = props;
  const ids = accounts.map((account) => account.id);
  const all = ids.every((id) => selected.includes(id));

  return (
    <div class="table-scroll" role="group" aria-label={t("accounts.title")} tabIndex={0}>
      <table class="table accounts" data-testid="account-table">
        <thead>
          <tr>
            {admin && (
              <th scope="col" class="pick">
                <input
                  type="checkbox"
                  aria-label={t("accounts.select_all")}
                  checked={all}
                  onChange={() => onSelect(all ? [] : ids)}
                />
              </th>
            )}
            {COLUMNS.map(({ key, label, place }) => (
              <SortHead
                key={key}
                label={t(label)}
                place={place}
                order={sort?.key === key ? (sort.down ? "descending" : "ascending") : "none"}
                onSort={() => onSort(key)}
              />
            ))}
            {admin && (
              <th scope="col" class="roomy">
                <span class="sr">{t("accounts.actions")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => (
            <Row
              key={account.id}
              account={account}
              spent={month.of(account.id)}
              admin={admin}
              selected={selected.includes(account.id)}
              onSelect={(on) =>
                onSelect(
                  on
                    ? [...selected, account.id]
                    : selected.filter((id) => id !== account.id),
                )
              }
              onDelete={() => onDelete(account)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}
