/*
 * An address that leads nowhere.
 */

import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { t } from "../i18n";

export function Missing() {
  return (
    <>
      <PageHead title={t("missing.title")} lead={t("missing.text")} />
      <Link to="" class="button primary">
        {t("action.main_dashboard")}
      </Link>
    </>
  );
}
