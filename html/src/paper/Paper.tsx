/*
 * A page on paper.  The browser tells before it prints: then all rows are
 * unfolded, tables are taken apart, charts fit the sheet, colours are those for
 * white; afterwards the page is as it was.
 */

import { useEffect, useState } from "preact/hooks";
import { serverNow } from "../api/client";
import { useLang } from "../i18n";
import { useLocation } from "../router";
import { useStore } from "../store/store";
import { factsOf } from "./facts";
import { layTables } from "./tables";
import { unfold } from "./unfold";

function lighten(): () => void {
  const { dataset } = document.documentElement;
  const theme = dataset["theme"];

  dataset["theme"] = "light";
  return () => {
    dataset["theme"] = theme ?? "light";
  };
}

/* Drawn for the window: a sheet may be narrower. */
function fitCharts(): () => void {
  const all = [...document.querySelectorAll<SVGSVGElement>("main .chart svg:not([viewBox])")];

  for (const svg of all) {
    svg.setAttribute("viewBox", `0 0 ${svg.width.baseVal.value} ${svg.height.baseVal.value}`);
  }
  return () => all.forEach((svg) => svg.removeAttribute("viewBox"));
}

export function Paper() {
  const lang = useLang();
  const { query } = useLocation();
  const directory = useStore((state) => state.directory);
  const [printing, setPrinting] = useState(false);

  useEffect(() => {
    let undo: (() => void)[] = [];
    const first = () => {
      undo.push(unfold(document), lighten());
      setPrinting(true);
    };
    /* what the first one has changed is drawn by now */
    const second = () => {
      undo.push(layTables(), fitCharts());
    };
    const after = () => {
      undo.reverse().forEach((one) => one());
      undo = [];
      setPrinting(false);
    };

    window.addEventListener("beforeprint", first);
    window.addEventListener("beforeprint", second);
    window.addEventListener("afterprint", after);
    return () => {
      window.removeEventListener("beforeprint", first);
      window.removeEventListener("beforeprint", second);
      window.removeEventListener("afterprint", after);
    };
  }, []);

  if (!printing) {
    return null;
  }
  return (
    <dl class="paper-facts" data-testid="paper">
      {factsOf(query, directory, lang, serverNow()).map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
