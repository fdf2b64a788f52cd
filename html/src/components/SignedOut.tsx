/*
 * The session has ended: said on every page, in sight wherever it is scrolled.
 */

import { t } from "../i18n";
import { useStore } from "../store/store";
import { Icon } from "./Icon";

export function SignedOut() {
  const signedOut = useStore((state) => state.signedOut);

  return (
    <div aria-live="assertive">
      {signedOut && (
        <p class="signed-out" data-testid="signed-out">
          <Icon name="warning" />
          {t("frame.signed_out")}
        </p>
      )}
    </div>
  );
}
