/*
 * To what was before and to what came after.
 */

import { Icon } from "./Icon";

interface Props {
  older: string;
  newer: string;
  onOlder: () => void;
  /* null: there is nothing newer */
  onNewer: (() => void) | null;
}

export function Arrows({ older, newer, onOlder, onNewer }: Props) {
  return (
    <div class="arrows">
      <button
        type="button"
        class="button square"
        aria-label={older}
        title={older}
        onClick={onOlder}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        class="button square"
        aria-label={newer}
        title={newer}
        disabled={onNewer === null}
        onClick={() => onNewer?.()}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}
