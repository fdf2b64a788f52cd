/*
 * A chart as a PNG.  The lines, bars and texts of the drawing are painted on a
 * canvas as the browser shows them: an image of the SVG itself would need an
 * exception in the page's content security policy.
 */

const SCALE = 2;
const PAD = 24;
const HEAD = 56;
const FOOT = 40;
const LINE = 22;

export interface Caption {
  title: string;
  note: string;
}

function number(element: Element, name: string): number {
  return Number(element.getAttribute(name) ?? 0);
}

function opacityOf(element: Element): number {
  const parent = element.parentElement;
  const own = Number(getComputedStyle(element).opacity);

  return parent === null ? own : own * Number(getComputedStyle(parent).opacity);
}

function paintShape(to: CanvasRenderingContext2D, element: Element): void {
  const style = getComputedStyle(element);
  const path =
    element.tagName === "path"
      ? new Path2D(element.getAttribute("d") ?? "")
      : new Path2D(
          `M${number(element, "x1")} ${number(element, "y1")}` +
            `L${number(element, "x2")} ${number(element, "y2")}`,
        );

  to.globalAlpha = opacityOf(element);
  if (element.tagName === "path" && style.fill !== "none") {
    to.fillStyle = style.fill;
    to.fill(path);
  }
  if (style.stroke !== "none") {
    const dashes = style.strokeDasharray;
    to.strokeStyle = style.stroke;
    to.lineWidth = parseFloat(style.strokeWidth);
    to.setLineDash(dashes === "none" ? [] : dashes.split(",").map(parseFloat));
    to.stroke(path);
  }
  to.globalAlpha = 1;
}

/* A text's own words, without those of its tspans. */
function paintText(to: CanvasRenderingContext2D, element: SVGTextContentElement): void {
  const style = getComputedStyle(element);
  const own = [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent)
    .join("");

  if (own === "" || element.getNumberOfChars() === 0) {
    return;
  }
  const { x, y } = element.getStartPositionOfChar(0);
  to.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  to.fillStyle = style.fill;
  to.textAlign = "left";
  to.fillText(own, x, y);
}

/* Where each entry stands, in lines as wide as the drawing. */
function legendOf(
  to: CanvasRenderingContext2D,
  legend: Element | null,
  width: number,
): { item: Element; text: string; x: number; line: number }[] {
  const style = getComputedStyle(document.body);
  let x = 0;
  let line = 0;

  to.font = `13px ${style.fontFamily}`;
  return [...(legend?.querySelectorAll("li") ?? [])].map((item) => {
    const text = item.querySelector(".legend-label")?.textContent ?? "";
    const wide = 40 + to.measureText(text).width;
    if (x > 0 && x + wide > width) {
      x = 0;
      line += 1;
    }
    const place = { item, text, x, line };
    x += wide;
    return place;
  });
}

function paintLegend(
  to: CanvasRenderingContext2D,
  entries: ReturnType<typeof legendOf>,
  y: number,
): void {
  const style = getComputedStyle(document.body);

  to.font = `13px ${style.fontFamily}`;
  for (const { item, text, x, line } of entries) {
    const swatch = getComputedStyle(item.querySelector(".swatch")!);
    to.fillStyle = swatch.backgroundColor;
    to.fillRect(x, y + line * LINE - 9, 10, 10);
    to.fillStyle = getComputedStyle(item).color;
    to.fillText(text, x + 16, y + line * LINE);
  }
}

function paintCaption(to: CanvasRenderingContext2D, caption: Caption): void {
  const style = getComputedStyle(document.body);

  to.fillStyle = style.color;
  to.font = `600 16px ${style.fontFamily}`;
  to.fillText(caption.title, 0, 6);
  to.font = `13px ${style.fontFamily}`;
  to.fillText(caption.note, 0, 26);
}

/* The chart with its legend below and its caption above. */
export function pictureOf(
  svg: SVGSVGElement,
  legend: Element | null,
  caption: Caption,
): Promise<Blob | null> {
  const { width, height } = svg.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  const to = canvas.getContext("2d")!;

  const entries = legendOf(to, legend, width);
  const lines = entries[entries.length - 1]?.line ?? 0;

  canvas.width = (width + 2 * PAD) * SCALE;
  canvas.height = (height + HEAD + FOOT + lines * LINE + 2 * PAD) * SCALE;
  to.scale(SCALE, SCALE);
  to.fillStyle = getComputedStyle(svg.closest(".card") ?? document.body).backgroundColor;
  to.fillRect(0, 0, canvas.width, canvas.height);
  to.translate(PAD, PAD);
  paintCaption(to, caption);
  to.translate(0, HEAD);

  for (const element of svg.querySelectorAll("line, path, text, tspan")) {
    if (element instanceof SVGTextContentElement) {
      paintText(to, element);
    } else {
      paintShape(to, element);
    }
  }

  paintLegend(to, entries, height + FOOT / 2);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
