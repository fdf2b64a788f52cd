/*
 * A part of the app is missing: said on every page, with the way out.
 */

import { t } from "../i18n";
import { useStore } from "../store/store";
import { Icon } from "./Icon";

export function Outdated() {
  const outdated = useStore((state) => state.outdated);

  return (
    <div aria-live="polite">
      {outdated && (
        <div class="outdated" data-testid="outdated">
          <Icon name="warning" />
          <p>{t("outdated.text")}</p>
          <button
            type="button"
            class="button small"
            onClick={() => window.location.reload()}
          >
            {t("outdated.reload")}
          </button>
        </div>
      )}
    </div>
  );
}
