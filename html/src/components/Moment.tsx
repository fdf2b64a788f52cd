/*
 * A point in time: UTC's, and below it the reader's own where that is another.
 */

import { useLang } from "../i18n";
import { localTime } from "../lib/clock";
import { utcTime } from "../lib/period";

interface Props {
  /* null: it has not been */
  iso: string | null;
  /* today's are without their date */
  today?: string;
}

export function Moment({ iso, today }: Props) {
  const lang = useLang();
  const local = iso === null ? null : localTime(iso, lang);

  if (iso === null) {
    return <>–</>;
  }
  return (
    <time class="num moment" dateTime={iso}>
      {utcTime(iso, lang, today ?? null)}
      {local !== null && <span class="fact-note"> ({local})</span>}
    </time>
  );
}
