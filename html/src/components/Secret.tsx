/*
 * Texts of several lines that nobody is to read over one's shoulder.  There is
 * no password field with lines, so this is a text field whose characters are
 * drawn as dots: lines stay lines when they are pasted, the number of them
 * says that all have arrived, and nothing can be copied out unseen.
 */

import { useState } from "preact/hooks";
import { plural, t } from "../i18n";
import { useSettled } from "../lib/useLoad";
import { useId } from "../lib/useId";
import type { ControlAttributes } from "./Field";
import { Icon } from "./Icon";

interface RevealProps {
  /* of the field, as people read it */
  name: string;
  revealed: boolean;
  onChange: (revealed: boolean) => void;
}

export function Reveal({ name, revealed, onChange }: RevealProps) {
  const text = t("credentials.reveal", { name });

  return (
    <button
      type="button"
      class="button quiet square"
      aria-pressed={revealed}
      aria-label={text}
      title={text}
      onClick={() => onChange(!revealed)}
    >
      <Icon name="eye" />
    </button>
  );
}

function Amount({ id, value }: { id: string; value: string }) {
  /* said once it has come to rest, not with each character */
  const text = useSettled(value, 500).replace(/\n+$/, "");
  const lines = text.split("\n").length;

  return (
    <span id={id} class="hint" aria-live="polite">
      {text !== "" && plural("secret.lines", lines, { chars: text.length })}
    </span>
  );
}

interface Props {
  control: ControlAttributes;
  name: string;
  /* false: there is nothing to hide */
  secret: boolean;
  required: boolean;
  rows: number;
  value: string;
  onInput: (value: string) => void;
}

export function SecretLines(props: Props) {
  const { control, name, secret, required, rows, value, onInput } = props;
  const amount = useId();
  const [revealed, setRevealed] = useState(false);
  const hidden = secret && !revealed;
  const described = control["aria-describedby"];
  const describedBy =
    secret && value !== "" ? `${described ?? ""} ${amount}`.trim() : described;
  const keep = (event: Event) => hidden && event.preventDefault();

  return (
    <span class="input-group">
      <textarea
        {...control}
        class={hidden ? "input mono hidden-lines" : "input mono"}
        aria-describedby={describedBy}
        rows={rows}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="none"
        required={required}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        onCopy={keep}
        onCut={keep}
        onDragStart={keep}
      />
      {secret && <Reveal name={name} revealed={revealed} onChange={setRevealed} />}
      <Amount id={amount} value={secret ? value : ""} />
    </span>
  );
}
