/* Presses what folds rows of a page; returns what folds them again. */
export function unfold(within: ParentNode): () => void {
  const press = (state: boolean) =>
    within
      .querySelectorAll<HTMLButtonElement>(`.fold[aria-expanded=${state}]`)
      .forEach((button) => button.click());
  const folded = within.querySelector(".fold[aria-expanded=false]") !== null;

  press(false);
  return () => folded && press(true);
}
