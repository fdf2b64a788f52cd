/*
 * What can be taken away from a chart: the picture, and its figures.
 */

import { csvText, csvUrl } from "../api/client";
import type { QueryOf } from "../api/client";
import { asProblem } from "../api/problem";
import { Menu } from "../components/Menu";
import type { Item } from "../components/Menu";
import { problemText } from "../components/ProblemView";
import { t } from "../i18n";
import { download, downloadBlob } from "../lib/download";
import { part } from "../lib/part";
import { toast } from "../store/store";

interface Props {
  /* the chart of which currency; null: there is no picture to take */
  chart: string | null;
  title: string;
  note: string;
  /* of the files, without their endings */
  name: string;
  /* in pieces, where it is more than one answer has */
  csv: QueryOf<"GET /costs">[];
}

async function savePicture(props: Props): Promise<void> {
  const { pictureOf } = await part(import("../charts/picture"));
  const place = document.querySelector(`[data-chart="${props.chart ?? ""}"]`);
  const svg = place?.querySelector<SVGSVGElement>(".chart svg") ?? null;
  const blob =
    svg &&
    (await pictureOf(svg, place!.querySelector(".legend"), {
      title: props.title,
      note: props.note,
    }));

  if (blob === null) {
    throw new Error("no picture");
  }
  downloadBlob(blob, `${props.name}.png`);
}

/* One file of all pieces, under the head of the first. */
async function saveCsv({ csv, name }: Props): Promise<void> {
  if (csv.length === 1) {
    download(csvUrl(csv[0]!), `${name}.csv`);
    return;
  }
  const texts = await Promise.all(csv.map(csvText));
  const rows = texts.map((text, at) => (at === 0 ? text : text.slice(text.indexOf("\n") + 1)));

  /* the mark that spreadsheets know UTF-8 by is not part of a text */
  downloadBlob(new Blob(["\ufeff", ...rows], { type: "text/csv" }), `${name}.csv`);
}

export function ExportMenu(props: Props) {
  const { chart } = props;
  const picture: Item = {
    label: t("export.png"),
    icon: "picture",
    onClick: () => {
      savePicture(props).catch(() =>
        toast("bad", t("export.failed")),
      );
    },
  };
  const figures: Item = {
    label: t("export.csv"),
    icon: "download",
    onClick: () => {
      saveCsv(props).catch((cause: unknown) => toast("bad", problemText(asProblem(cause))));
    },
  };

  return (
    <Menu
      label={t("export.label")}
      items={chart === null ? [figures] : [picture, figures]}
    />
  );
}
