/*
 * How many periods of a cost table are in sight beside the names.  The style
 * sheet says how many there may be; amounts that are too long for that take
 * the room of more, so that none of them is cut off.
 */

const FIT = "--fit";

/* The newest periods are the ones to see first. */
function fit(box: HTMLElement): void {
  box.style.removeProperty(FIT);

  const columns = [...box.querySelectorAll<HTMLElement>("tfoot td")];
  const names = box.querySelector<HTMLElement>("tfoot th");
  const most = Number(getComputedStyle(box).getPropertyValue(FIT));
  const room = box.clientWidth - (names?.offsetWidth ?? 0);
  const widest = Math.max(1, ...columns.map((cell) => cell.offsetWidth));

  if (most > 0 && widest > Math.ceil(room / most)) {
    box.style.setProperty(FIT, String(Math.max(1, Math.floor(room / widest))));
  }
  box.scrollTo(box.scrollWidth, 0);
}

/* Fits now and at each other width; returns what ends that. */
export function keepFit(box: HTMLElement): () => void {
  let width = box.clientWidth;

  const watch = new ResizeObserver(() => {
    if (box.clientWidth !== width) {
      width = box.clientWidth;
      fit(box);
    }
  });

  fit(box);
  watch.observe(box);
  return () => watch.disconnect();
}
