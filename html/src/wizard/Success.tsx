/*
 * The account is registered: where to go from here.
 */

import { api } from "../api/endpoints";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { PageHead } from "../components/PageHead";
import { ProblemView } from "../components/ProblemView";
import { SkeletonLines } from "../components/Skeleton";
import { Status, statusReason } from "../components/Status";
import { t } from "../i18n";
import { useLoad } from "../lib/useLoad";
import { useDirectory } from "../store/directory";

export function Success({ id }: { id: string }) {
  const { data, problem, reload } = useLoad((signal) => api.account(id, signal), [id]);
  const directory = useDirectory();

  if (problem !== null) {
    return <ProblemView problem={problem} retry={reload} />;
  }
  return (
    <div class="wizard">
      <PageHead title={t("success.title")} />
      <section class="card success" data-testid="success">
        <span class="success-mark">
          <Icon name="check" />
        </span>
        {data === null ? (
          <SkeletonLines count={2} />
        ) : (
          <>
            <p class="success-name">
              <Link to={`service-accounts/${data.id}`}>{data.name}</Link>
            </p>
            <p class="quiet-text">
              {directory?.projects.get(data.project_id)?.name ?? data.project_id}
            </p>
            <Status state={data.state} />
            {data.state !== "ok" && (
              <p class="quiet-text">{statusReason(data)}</p>
            )}
            <p class="quiet-text">{t("success.text")}</p>
            <div class="row center">
              <Link to={`projects/${data.project_id}`} class="button primary">
                {t("success.project")}
              </Link>
              <Link to="service-accounts/new" class="button">
                {t("success.another")}
              </Link>
              <Link to="" class="button">
                {t("action.main_dashboard")}
              </Link>
            </div>
          </>
        )}
      </section>
    </div>
  );
}
