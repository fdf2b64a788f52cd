/*
 * From page to page of a list that the server gives in pages.  Cursors only
 * lead onwards: the way back is remembered, or starts anew.
 */

import { t } from "../i18n";
import { Icon } from "./Icon";

type Cursor = string | null;

interface Props {
  /* of the page that is shown; null: the first one */
  cursor: Cursor;
  /* of the page behind it; null: there is none */
  next: Cursor;
  /* of the pages before, as far as known */
  trail: Cursor[];
  onGo: (cursor: Cursor, trail: Cursor[]) => void;
}

export function Paging({ cursor, next, trail, onGo }: Props) {
  const back = () => {
    if (cursor !== null) {
      onGo(trail[trail.length - 1] ?? null, trail.slice(0, -1));
    }
  };
  const onwards = () => {
    if (next !== null) {
      onGo(next, [...trail, cursor]);
    }
  };

  if (cursor === null && next === null) {
    return null;
  }
  return (
    <nav class="paging" aria-label={t("paging.label")}>
      <button type="button" class="button" aria-disabled={cursor === null} onClick={back}>
        <Icon name="left" />
        {t(trail.length === 0 && cursor !== null ? "paging.first" : "paging.previous")}
      </button>
      <button type="button" class="button" aria-disabled={next === null} onClick={onwards}>
        {t("paging.next")}
        <Icon name="right" />
      </button>
    </nav>
  );
}
