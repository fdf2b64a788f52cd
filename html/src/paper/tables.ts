/*
 * Tables of costs on paper.  A sheet does not scroll: a table that is wider is
 * taken apart into several of some periods each, one below the other, each with
 * its own head and the names at its side, so that no amount stands below the
 * head of another one, or outside of the sheet.
 */

/* Between the margins of the narrowest sheet, A4 upright; less the card's. */
const ROOM = 640;
const NAMES = 150;
const GAP = 10;
const FONT = "10px";

let ruler: CanvasRenderingContext2D | null = null;

function widthOf(text: string, family: string): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (ruler === null) {
    return text.length * 7;
  }
  ruler.font = `600 ${FONT} ${family}`;
  return ruler.measureText(text).width;
}

/* The widest piece of a cell that does not go into two lines. */
function cellWidth(cell: Element, family: string): number {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  let widest = 0;

  while (walker.nextNode() !== null) {
    const text = walker.currentNode as Text;
    if (text.parentElement!.closest(".sr") === null) {
      widest = Math.max(widest, widthOf(text.data, family));
    }
  }
  return widest + GAP;
}

/* Numbers of columns, without that of the names: as many as fit, of one size. */
export function parts(widths: number[], room: number): number[][] {
  const most = Math.max(1, Math.floor(room / Math.max(1, ...widths)));
  const count = Math.ceil(widths.length / most);
  const size = Math.ceil(widths.length / Math.max(1, count));

  return Array.from({ length: count }, (_, part) =>
    widths.map((__, at) => at).slice(part * size, (part + 1) * size),
  );
}

function withColumns(table: HTMLTableElement, columns: number[]): HTMLTableElement {
  const copy = table.cloneNode(true) as HTMLTableElement;

  copy.removeAttribute("data-testid");
  copy.classList.add("on-paper");
  for (const row of copy.rows) {
    const cells = [...row.cells];
    row.replaceChildren(cells[0]!, ...columns.map((at) => cells[at + 1]!));
  }
  return copy;
}

/* Takes a table apart; returns what puts it together again. */
function takeApart(table: HTMLTableElement): () => void {
  const box = table.closest<HTMLElement>(".table-scroll") ?? table;
  const family = getComputedStyle(table).fontFamily;
  const rows = [...table.rows];
  const widths = [...rows[0]!.cells].slice(1).map((_, at) =>
    Math.max(...rows.map(({ cells }) => cellWidth(cells[at + 1]!, family))),
  );
  const place = document.createElement("div");

  place.className = "paper-tables";
  place.append(...parts(widths, ROOM - NAMES).map((columns) => withColumns(table, columns)));
  box.classList.add("taken-apart");
  box.after(place);
  return () => {
    place.remove();
    box.classList.remove("taken-apart");
  };
}

/* Only those with a cell in each place: a row that spans several has no periods. */
function isRegular({ rows }: HTMLTableElement): boolean {
  const [head] = rows;

  return (
    head !== undefined &&
    head.cells.length > 1 &&
    [...rows].every(({ cells }) => cells.length === head.cells.length)
  );
}

export function layTables(): () => void {
  const all = [...document.querySelectorAll<HTMLTableElement>(
    "main .table-scroll > .table:not(.accounts, .linked)",
  )];
  const undo = all.filter(isRegular).map(takeApart);

  return () => undo.forEach((one) => one());
}
