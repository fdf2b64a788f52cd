/*
 * The dashboard before there is an account: how to get to one.
 */

import { Link } from "../components/Link";
import { t } from "../i18n";
import { useAdmin } from "../store/store";

const STEPS = ["ask", "key", "register"] as const;

export function FirstSteps() {
  const admin = useAdmin();

  return (
    <section class="first" data-testid="first-steps">
      <h2>{t("first.title")}</h2>
      <p>{t("first.text")}</p>
      <ol>
        {STEPS.map((step, index) => (
          <li key={step}>
            <span class="first-number num" aria-hidden="true">
              {index + 1}
            </span>
            <h3>{t(`first.${step}.title`)}</h3>
            <p>{t(`first.${step}.text`)}</p>
          </li>
        ))}
      </ol>
      {admin ? (
        <Link to="service-accounts/new" class="button primary">
          {t("first.start")}
        </Link>
      ) : (
        <p class="quiet-text">{t("first.member")}</p>
      )}
    </section>
  );
}
