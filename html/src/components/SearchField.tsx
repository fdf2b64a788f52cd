/*
 * A search field that follows what is in the address.
 */

import { useEffect, useState } from "preact/hooks";
import { useSettled } from "../lib/useLoad";
import { Icon } from "./Icon";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

const REST = 250;

export function SearchField({ label, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const settled = useSettled(text, REST);

  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (settled === text && settled !== value) {
      onChange(settled);
    }
  }, [settled]);

  return (
    <label class="search">
      <span class="sr">{label}</span>
      <Icon name="search" />
      <input
        class="input"
        type="search"
        placeholder={label}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
