/*
 * What is known about an account; secrets are only said to be there.
 */

import type { Account, Provider } from "../api/types";
import { Card } from "../components/Card";
import { Link } from "../components/Link";
import { Moment } from "../components/Moment";
import { Status, statusReason } from "../components/Status";
import { maybe, t, useLang } from "../i18n";
import { fullTime } from "../lib/clock";
import { schemaTexts } from "./credentials";
import { useDirectory } from "../store/directory";

interface CredentialsProps {
  account: Account;
  provider: Provider | undefined;
}

/* Each under the name that the wizard asked for it by. */
function Credentials({ account, provider }: CredentialsProps) {
  const fields = provider?.credentials_schema.properties ?? {};
  const label = (name: string) =>
    maybe(`credential.${name}`) ?? schemaTexts(fields[name] ?? {}).title ?? name;

  return (
    <>
      {Object.entries(account.credentials).map(([name, value]) => (
        <div key={name}>
          <dt>{label(name)}</dt>
          <dd class="mono">
            {value ?? (
              <>
                <span aria-hidden="true">••••••••</span>
                <span class="sr">{t("credentials.kept")}</span>
              </>
            )}
          </dd>
        </div>
      ))}
    </>
  );
}

export function AccountFacts({ account }: { account: Account }) {
  const lang = useLang();
  const directory = useDirectory();
  const provider = directory?.providers.get(account.provider);
  const project = directory?.projects.get(account.project_id);
  const tags = Object.entries(account.tags);

  return (
    <div class="grid-2">
      <Card title={t("accounts.details")}>
        <dl class="facts">
          <div>
            <dt>{t("accounts.state")}</dt>
            <dd>
              <Status state={account.state} />
              <p class="fact-note">{statusReason(account)}</p>
              {account.reason !== null && account.reason.since !== null && (
                <p class="fact-note">
                  {t("accounts.since", { time: fullTime(account.reason.since, lang) })}
                </p>
              )}
            </dd>
          </div>
          <div>
            <dt>{t("accounts.verified")}</dt>
            <dd>
              <Moment iso={account.verified_at} />
            </dd>
          </div>
          <div>
            <dt>{t("accounts.project")}</dt>
            <dd>
              <Link to={`projects/${account.project_id}`}>
                {project?.name ?? account.project_id}
              </Link>
            </dd>
          </div>
          <div>
            <dt>{t("tags.title")}</dt>
            <dd>
              {tags.length === 0 ? (
                t("tags.none")
              ) : (
                <ul class="chips">
                  {tags.map(([key, value]) => (
                    <li key={key} class="chip">
                      <span class="chip-key">{key}</span>
                      {value}
                    </li>
                  ))}
                </ul>
              )}
            </dd>
          </div>
          <div>
            <dt>{t("accounts.created")}</dt>
            <dd>
              <Moment iso={account.created_at} />
            </dd>
          </div>
          <div>
            <dt>{t("accounts.id")}</dt>
            <dd class="mono">{account.id}</dd>
          </div>
        </dl>
      </Card>
      <Card title={t("accounts.credentials")}>
        <dl class="facts">
          <div>
            <dt>{t("accounts.provider")}</dt>
            <dd>
              {provider?.name ?? account.provider}
              {provider?.enabled === false && (
                <p class="fact-note">{t("reason.disabled")}</p>
              )}
            </dd>
          </div>
          <Credentials account={account} provider={provider} />
        </dl>
      </Card>
    </div>
  );
}
