/*
 * Footer: the one day boundary that holds everywhere, and the version.
 */

import { t } from "../i18n";
import { useStore } from "../store/store";

export function Footer() {
  const version = useStore((state) => state.session?.version);

  return (
    <footer class="footer">
      <p>{t("frame.utc")}</p>
      {version !== undefined && <p>{t("frame.version", { version })}</p>}
    </footer>
  );
}
