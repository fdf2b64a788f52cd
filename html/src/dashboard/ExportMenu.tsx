/*
 * What can be taken away from a chart: the picture, and its figures.
 */

import type { RefObject } from "preact";
import { Menu } from "../components/Menu";
import type { Item } from "../components/Menu";
import { t } from "../i18n";
import { download, downloadBlob } from "../lib/download";
import { part } from "../lib/part";
import { toast } from "../store/store";

interface Props {
  /* holds the chart and its legend; null: there is no picture to take */
  chart: RefObject<HTMLDivElement | null> | null;
  title: string;
  note: string;
  /* of the files, without their endings */
  name: string;
  csv: string;
}

async function savePicture(place: HTMLElement | null, props: Props): Promise<void> {
  const { pictureOf } = await part(import("../charts/picture"));
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

export function ExportMenu(props: Props) {
  const { chart } = props;
  const picture: Item = {
    label: t("export.png"),
    icon: "picture",
    onClick: () => {
      savePicture(chart?.current ?? null, props).catch(() =>
        toast("bad", t("export.failed")),
      );
    },
  };
  const figures: Item = {
    label: t("export.csv"),
    icon: "download",
    onClick: () => download(props.csv, `${props.name}.csv`),
  };

  return (
    <Menu
      label={t("export.label")}
      items={chart === null ? [figures] : [picture, figures]}
    />
  );
}
