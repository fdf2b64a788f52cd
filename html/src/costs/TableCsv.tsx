/*
 * The table as it is shown, for a spreadsheet: names at the side, periods
 * above, what is in progress marked, all rows.  The other file beside it has a
 * row for each amount.
 */

import { Icon } from "../components/Icon";
import { t } from "../i18n";
import { downloadBlob } from "../lib/download";
import { unfold } from "../paper/unfold";

/* Quoted; what a spreadsheet would run gets an apostrophe. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;

  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/* Amounts with all their digits, names without what only some readers hear. */
function cellText(cell: Element): string {
  const exact = cell.querySelector<HTMLDataElement>("data.money")?.value;

  if (exact !== undefined) {
    return exact.replace(/ .*/, "");
  }
  const texts: string[] = [];
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);

  while (walker.nextNode() !== null) {
    const { parentElement, nodeValue } = walker.currentNode;
    if (parentElement!.closest(".sr, .alias, .tag-open") === null) {
      texts.push(nodeValue ?? "");
    }
  }
  const open = cell.querySelector(".tag-open")?.textContent;
  const text = texts.join("").trim();

  return open === undefined ? (text === "–" ? "0" : text) : `${text} (${open})`;
}

export function tableCsv(table: HTMLTableElement): string {
  const lines = [...table.rows].map(({ cells }) =>
    [...cells].map((cell) => csvCell(cellText(cell))).join(","),
  );

  /* by the mark a spreadsheet knows UTF-8 */
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

export function TableCsv({ name }: { name: string }) {
  const save = async (button: HTMLElement) => {
    const card = button.closest(".card")!;
    const fold = unfold(card);

    /* until the rows are drawn */
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const table of card.querySelectorAll<HTMLTableElement>("table.costs")) {
      downloadBlob(new Blob([tableCsv(table)], { type: "text/csv" }), `${name}.csv`);
    }
    fold();
  };

  return (
    <button
      type="button"
      class="button csv"
      data-testid="table-csv"
      onClick={(event) => void save(event.currentTarget)}
    >
      <Icon name="table" />
      <span>{t("table.as_shown")}</span>
    </button>
  );
}
