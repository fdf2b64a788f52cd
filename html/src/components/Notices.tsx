/*
 * Lines below the top bar that concern every page.
 */

import { t } from "../i18n";
import { useStore } from "../store/store";
import { Icon } from "./Icon";

export function Notices() {
  const sandbox = useStore((state) => state.session?.sandbox === true);
  const signedOut = useStore((state) => state.signedOut);

  return (
    <>
      {sandbox && (
        <p class="sandbox" data-testid="sandbox">
          {t("frame.sandbox")}
        </p>
      )}
      <div aria-live="assertive">
        {signedOut && (
          <p class="signed-out" data-testid="signed-out">
            <Icon name="warning" />
            {t("frame.signed_out")}
          </p>
        )}
      </div>
    </>
  );
}
