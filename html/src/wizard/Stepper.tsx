/*
 * Where one is in the wizard; steps that are complete lead back.
 */

import { Icon } from "../components/Icon";
import { t } from "../i18n";
import { STEPS } from "./steps";

interface Props {
  current: number;
  reached: number;
  onGo: (step: number) => void;
}

export function Stepper({ current, reached, onGo }: Props) {
  return (
    <ol class="stepper" aria-label={t("wizard.steps")}>
      {STEPS.map((step, at) => {
        const done = at < reached && at !== current;
        return (
          <li
            key={step}
            class={at === current ? "current" : done ? "done" : ""}
            aria-current={at === current ? "step" : undefined}
          >
            <button
              type="button"
              disabled={at > reached}
              onClick={() => onGo(at)}
            >
              <span class="step-mark num" aria-hidden="true">
                {done ? <Icon name="check" /> : at + 1}
              </span>
              <span>{t(`wizard.${step}`)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
