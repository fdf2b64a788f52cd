/*
 * Main dashboard: overall billing.
 */

import { PageHead } from "../components/PageHead";
import { t } from "../i18n";

export function Dashboard() {
  return <PageHead title={t("dash.title")} />;
}
