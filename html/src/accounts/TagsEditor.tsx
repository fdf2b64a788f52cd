/*
 * Tags as rows of key and value, each with its own messages.
 */

import { useRef } from "preact/hooks";
import { FieldError } from "../components/Field";
import { Icon } from "../components/Icon";
import { t } from "../i18n";
import { faultText } from "../lib/faults";
import type { Texts } from "../lib/faults";
import { pointerPart, tagFaults, tagRow } from "../lib/validate";
import type { TagFault, TagRow } from "../lib/validate";

const MOST = 50;

interface Props {
  rows: TagRow[];
  /* messages for rows not filled in yet wait until the form is checked */
  checked: boolean;
  errors: Texts;
  onChange: (rows: TagRow[]) => void;
}

interface RowProps {
  row: TagRow;
  place: number;
  fault: TagFault;
  checked: boolean;
  error: string | undefined;
  onChange: (change: Partial<TagRow>) => void;
  onRemove: () => void;
}

function Row({ row, place, fault, checked, error, onChange, onRemove }: RowProps) {
  const show = checked || row.key !== "";
  const key = show && fault.key !== null ? faultText(fault.key) : error;
  const value = fault.value === null ? undefined : faultText(fault.value);
  const id = `tag-${row.id}-error`;
  const message = key ?? value;

  return (
    <li class="tag-row">
      <input
        class="input"
        aria-label={t("tags.key", { n: place })}
        placeholder={t("tags.key_placeholder")}
        autocomplete="off"
        value={row.key}
        aria-invalid={key !== undefined}
        aria-describedby={message === undefined ? undefined : id}
        onInput={(event) => onChange({ key: event.currentTarget.value })}
      />
      <input
        class="input"
        aria-label={t("tags.value", { n: place })}
        placeholder={t("tags.value_placeholder")}
        autocomplete="off"
        value={row.value}
        aria-invalid={value !== undefined}
        aria-describedby={message === undefined ? undefined : id}
        onInput={(event) => onChange({ value: event.currentTarget.value })}
      />
      <button
        type="button"
        class="button quiet square"
        aria-label={t("tags.remove", { n: place })}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
      {message !== undefined && <FieldError id={id} text={message} />}
    </li>
  );
}

export function TagsEditor({ rows, checked, errors, onChange }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const faults = tagFaults(rows);

  const add = () => {
    onChange([...rows, tagRow()]);
    setTimeout(() => {
      list.current?.querySelector<HTMLElement>("li:last-child input")?.focus();
    });
  };

  return (
    <div class="field" role="group" aria-label={t("tags.title")} ref={list}>
      <span class="label">
        {t("tags.title")}
        <span class="optional">{t("form.optional")}</span>
      </span>
      <p class="hint">{t("tags.hint")}</p>
      {rows.length > 0 && (
        <ul class="tag-rows">
          {rows.map((row, at) => (
            <Row
              key={row.id}
              row={row}
              place={at + 1}
              fault={faults[at]!}
              checked={checked}
              error={errors[`/tags/${pointerPart(row.key.trim())}`]}
              onChange={(change) =>
                onChange(rows.map((one) => (one === row ? { ...one, ...change } : one)))
              }
              onRemove={() => onChange(rows.filter((one) => one !== row))}
            />
          ))}
        </ul>
      )}
      <button
        type="button"
        class="button"
        disabled={rows.length >= MOST}
        onClick={add}
      >
        <Icon name="plus" />
        {t("tags.add")}
      </button>
    </div>
  );
}
