/*
 * The table of service accounts.
 */

import type { Account } from "../api/types";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Status } from "../components/Status";
import { t, useLang } from "../i18n";
import { utcTime } from "../lib/period";
import { useDirectory } from "../store/directory";

interface Props {
  accounts: Account[];
  admin: boolean;
  selected: string[];
  onSelect: (ids: string[]) => void;
  onDelete: (account: Account) => void;
}

interface RowProps {
  account: Account;
  admin: boolean;
  selected: boolean;
  onSelect: (on: boolean) => void;
  onDelete: () => void;
}

function Row({ account, admin, selected, onSelect, onDelete }: RowProps) {
  const lang = useLang();
  const directory = useDirectory();
  const project = directory?.projects.get(account.project_id);
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
      </th>
      <td>
        <Status state={account.state} />
        {account.reason !== null && (
          <p class="fact-note">{t(`why.${account.reason.code}`)}</p>
        )}
      </td>
      <td>
        <Link to={`projects/${account.project_id}`}>
          {project?.name ?? account.project_id}
        </Link>
      </td>
      <td class="wide">
        {directory?.providers.get(account.provider)?.name ?? account.provider}
      </td>
      <td class="wide mono">{account.credentials["account"] ?? ""}</td>
      <td class="widest num">
        {account.verified_at === null ? "–" : utcTime(account.verified_at, lang)}
      </td>
      {admin && (
        <td class="end">
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

export function AccountTable(props: Props) {
  const { accounts, admin, selected, onSelect, onDelete } = props;
  const ids = accounts.map((account) => account.id);
  const all = ids.every((id) => selected.includes(id));

  return (
    <div class="table-scroll" role="region" aria-label={t("accounts.title")} tabIndex={0}>
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
            <th scope="col">{t("table.name")}</th>
            <th scope="col">{t("accounts.state")}</th>
            <th scope="col">{t("accounts.project")}</th>
            <th scope="col" class="wide">{t("accounts.provider")}</th>
            <th scope="col" class="wide">{t("accounts.account")}</th>
            <th scope="col" class="widest">{t("accounts.verified")}</th>
            {admin && (
              <th scope="col">
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
