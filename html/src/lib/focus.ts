/*
 * Keeps the focus when what has it goes away: a row that is deleted, a filter
 * that is taken out, a message that is dismissed.  Browsers then start again
 * at the top of the page, which by keyboard is a long way back.
 */

const STOPS =
  "a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex]";

/* What had the focus, and what it stands in, from the inside out. */
let path: HTMLElement[] = [];

function remember(event: FocusEvent): void {
  path = [];
  for (
    let element = event.target as HTMLElement | null;
    element !== null && element !== document.body;
    element = element.parentElement
  ) {
    path.push(element);
  }
}

/* The next thing to be focused in what is left of its surroundings. */
function nearest(): HTMLElement | null {
  for (const element of path.filter((one) => one.isConnected)) {
    const stop = element.matches(STOPS)
      ? element
      : element.querySelector<HTMLElement>(STOPS);
    if (stop !== null) {
      return stop;
    }
  }
  return null;
}

function keep(): void {
  const [last] = path;

  if (last === undefined || last.isConnected || document.activeElement !== document.body) {
    return;
  }
  const stop = nearest();
  path = [];
  stop?.focus({ preventScroll: true });
}

export function startFocus(): void {
  document.addEventListener("focusin", remember);
  new MutationObserver(keep).observe(document.body, { childList: true, subtree: true });
}
