/*
 * Asks before input is lost: by leaving the page, or by closing a dialog.
 */

import { useEffect } from "preact/hooks";
import { ask } from "../components/Ask";
import { t } from "../i18n";
import { setGuard } from "../router";

function askToLeave(): Promise<boolean> {
  return ask({
    title: t("leave.title"),
    text: t("leave.text"),
    submit: t("leave.submit"),
    tone: "danger",
  });
}

/* onLeave has to be the same each time, such as a function of a module. */
export function useLeaveGuard(dirty: boolean, onLeave?: () => void): void {
  useEffect(() => {
    if (!dirty) {
      return;
    }
    setGuard(async () => {
      const leave = await askToLeave();
      if (leave) {
        onLeave?.();
      }
      return leave;
    });
    return () => setGuard(null);
  }, [dirty, onLeave]);
}

/* How a dialog is closed that may hold input. */
export function useDiscard(dirty: boolean, onClose: () => void): () => void {
  useLeaveGuard(dirty);

  return () => {
    if (!dirty) {
      onClose();
      return;
    }
    void askToLeave().then((leave) => leave && onClose());
  };
}
