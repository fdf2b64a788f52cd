/*
 * Short messages about what has just been done; said to screen readers too.
 */

import { t } from "../i18n";
import { dismissToast, useStore } from "../store/store";
import { Icon } from "./Icon";

export function Toasts() {
  const toasts = useStore((state) => state.toasts);

  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.map(({ id, tone, text }) => (
        <div key={id} class={`toast ${tone}`}>
          <Icon name={tone === "good" ? "check" : "warning"} />
          <span>{text}</span>
          <button
            type="button"
            class="button quiet square small"
            aria-label={t("action.dismiss")}
            onClick={() => dismissToast(id)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
