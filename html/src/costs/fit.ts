/*
 * A cost table that is wider than its box: the newest periods are in sight, and
 * the names beside them take the room that is left, so that no amount is cut
 * in two; what is while it is scrolled is blank.  What is out of sight is counted, for whoever tells of it.
 */

const NAME = "--name-room";

/* Periods of which the amounts are not in sight, all or in part. */
export interface Hidden {
  older: number;
  newer: number;
}

function columnsOf(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>("thead th")];
}

/* As many whole columns from the right as there is room for. */
function fit(box: HTMLElement): void {
  box.style.removeProperty(NAME);

  const [name, ...columns] = columnsOf(box);
  const table = box.querySelector("table");
  if (name === undefined || table === null || table.offsetWidth <= box.clientWidth) {
    return;
  }

  /* names are broken before an amount is put out of sight */
  box.style.setProperty(NAME, "var(--name)");
  const room = box.clientWidth - name.offsetWidth;
  let taken = 0;
  for (const column of columns.reverse()) {
    const width = column.getBoundingClientRect().width;
    if (taken > 0 && taken + width > room) {
      break;
    }
    taken += width;
  }
  box.style.setProperty(NAME, `${Math.max(name.offsetWidth, box.clientWidth - taken)}px`);
  box.scrollTo(box.scrollWidth, 0);
}

/* Half an amount would read as another one: what is cut is not shown at all. */
function blank(box: HTMLElement, columns: DOMRect[], left: number, right: number): void {
  const cut = columns.map(
    (one) =>
      (one.left < left - 1 && one.right > left + 1) ||
      (one.right > right + 1 && one.left < right - 1),
  );

  for (const row of box.querySelectorAll("tr")) {
    for (const [at, cell] of [...row.cells].slice(1).entries()) {
      cell.classList.toggle("cut", cut[at] === true);
    }
  }
}

function hiddenIn(box: HTMLElement): Hidden {
  const [name, ...columns] = columnsOf(box);
  const all = columns.map((one) => one.getBoundingClientRect());
  const dated = all.slice(0, -1);
  const left = name === undefined ? 0 : name.getBoundingClientRect().right;
  const { right } = box.getBoundingClientRect();

  blank(box, all, left, right);

  return {
    older: dated.filter((one) => one.left < left - 1).length,
    newer: dated.filter((one) => one.right > right + 1).length,
  };
}

/* Fits now and whenever a width changes; returns what ends that. */
export function keepFit(box: HTMLElement, tell: (hidden: Hidden) => void): () => void {
  let widths = "";

  const look = () => tell(hiddenIn(box));
  const refit = () => {
    fit(box);
    look();
    widths = measure();
  };
  const measure = () =>
    [box.clientWidth, ...columnsOf(box).slice(1).map((one) => one.offsetWidth)].join();
  const watch = new ResizeObserver(() => {
    if (measure() !== widths) {
      refit();
    }
  });

  refit();
  watch.observe(box);
  for (const column of columnsOf(box).slice(1)) {
    watch.observe(column);
  }
  box.addEventListener("scroll", look, { passive: true });
  return () => {
    watch.disconnect();
    box.removeEventListener("scroll", look);
  };
}

/* One box further, to the periods before or after. */
export function scrollOn(box: HTMLElement, way: -1 | 1): void {
  const name = columnsOf(box)[0]?.offsetWidth ?? 0;

  box.scrollBy(way * (box.clientWidth - name), 0);
}
