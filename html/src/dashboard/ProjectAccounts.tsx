/*
 * The accounts of a project, with the state of their data.
 */

import { serverNow } from "../api/client";
import type { AccountData } from "../api/types";
import { Card } from "../components/Card";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Moment } from "../components/Moment";
import { Status } from "../components/Status";
import { t } from "../i18n";
import { useAdmin } from "../store/store";
import { useDirectory } from "../store/directory";

interface Props {
  project: string;
  data: AccountData[];
}

function Row({ account }: { account: AccountData }) {
  const directory = useDirectory();
  const today = serverNow().toISOString().slice(0, 10);
  const known = directory?.accounts.get(account.id);

  return (
    <tr>
      <th scope="row">
        <Link to={`service-accounts/${account.id}`}>{known?.name ?? account.id}</Link>
      </th>
      <td class="wide">{directory?.providers.get(known?.provider ?? "")?.name ?? known?.provider ?? ""}</td>
      <td>
        <Status state={account.state} />
      </td>
      <td class="end num">
        <Moment iso={account.as_of} today={today} />
      </td>
    </tr>
  );
}

export function ProjectAccounts({ project, data }: Props) {
  const admin = useAdmin();

  return (
    <Card
      title={t("project.accounts")}
      testid="project-accounts"
      actions={
        admin && (
          <Link to="service-accounts/new" query={{ project }} class="button">
            <Icon name="plus" />
            {t("accounts.add")}
          </Link>
        )
      }
    >
      {data.length === 0 ? (
        <p class="quiet-text">{t("project.no_accounts")}</p>
      ) : (
        <div class="table-scroll" role="group" aria-label={t("project.accounts")} tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{t("table.name")}</th>
                <th scope="col" class="wide">{t("accounts.provider")}</th>
                <th scope="col">{t("accounts.data")}</th>
                <th scope="col" class="end">
                  {t("accounts.last_read")}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((account) => (
                <Row key={account.id} account={account} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
