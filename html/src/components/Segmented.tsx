/*
 * A choice of few, all in sight: radio buttons in a row.
 */

import { useRef } from "preact/hooks";

interface Option<T extends string> {
  value: T;
  label: string;
}

interface Props<T extends string> {
  label: string;
  value: T;
  options: Option<T>[];
  onChange: (value: T) => void;
  testid?: string;
}

export function Segmented<T extends string>(props: Props<T>) {
  const { label, value, options, onChange, testid } = props;
  const group = useRef<HTMLDivElement>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    const step =
      event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 :
      event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) {
      return;
    }
    event.preventDefault();
    const here = options.findIndex((option) => option.value === value);
    const next = (here + step + options.length) % options.length;
    onChange(options[next]!.value);
    group.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <div
      ref={group}
      class="segmented"
      role="radiogroup"
      aria-label={label}
      data-testid={testid}
      onKeyDown={onKeyDown}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
