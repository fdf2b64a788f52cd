/*
 * To what was before and to what came after.  An arrow that leads nowhere
 * stays where the focus can be: who arrives at the end by it is not thrown
 * back to the top of the page.
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
        aria-disabled={onNewer === null}
        onClick={() => onNewer?.()}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}
