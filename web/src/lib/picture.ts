/**
 * A chart's figure as a PNG, twice as fine as the screen, with the title above: canvases as they are, SVG with what style sheets gave it
 * written into it, and of the rest (cells, legends) the grounds and the words.
 */
const fine = 2;
const head = 40;
const written = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'direction',
];

export async function picture(figure: HTMLElement, title: string): Promise<Blob> {
  const style = getComputedStyle(figure);
  const box = figure.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = box.width * fine;
  canvas.height = (box.height + head) * fine;
  const pen = canvas.getContext('2d')!;
  pen.scale(fine, fine);
  pen.fillStyle = style.getPropertyValue('--v-surface');
  pen.fillRect(0, 0, box.width, box.height + head);
  pen.fillStyle = style.getPropertyValue('--v-ink');
  pen.font = `600 15px ${style.fontFamily}`;
  pen.direction = style.direction as CanvasDirection;
  pen.fillText(title, style.direction === 'rtl' ? box.width - 12 : 12, 26);
  const place = (at: DOMRect) => [at.left - box.left, at.top - box.top + head, at.width, at.height] as const;
  const nodes = document.createTreeWalker(figure, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (node instanceof Text) drawWords(pen, node, place);
    else if (node instanceof HTMLCanvasElement) pen.drawImage(node, ...place(node.getBoundingClientRect()));
    else if (node instanceof SVGSVGElement) pen.drawImage(await imageOf(node), ...place(node.getBoundingClientRect()));
    else if (node instanceof HTMLElement) drawGround(pen, node, place);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}

type Place = (at: DOMRect) => readonly [number, number, number, number];

async function imageOf(svg: SVGSVGElement) {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const at = svg.getBoundingClientRect();
  copy.setAttribute('width', String(at.width));
  copy.setAttribute('height', String(at.height));
  const inner = copy.querySelectorAll<SVGElement>('*');
  for (const [i, from] of svg.querySelectorAll('*').entries()) {
    const style = getComputedStyle(from);
    for (const name of written) inner[i]!.style.setProperty(name, style.getPropertyValue(name));
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

function drawGround(pen: CanvasRenderingContext2D, part: HTMLElement, place: Place) {
  const at = part.getBoundingClientRect();
  if (at.width <= 1) return; // for readers of screens
  const style = getComputedStyle(part);
  const [x, y, width, height] = place(at);
  pen.beginPath();
  pen.roundRect(x, y, width, height, Number.parseFloat(style.borderRadius) || 0);
  pen.fillStyle = style.backgroundColor;
  pen.fill();
  pen.lineWidth = Number.parseFloat(style.borderTopWidth);
  pen.strokeStyle = style.borderTopColor;
  if (pen.lineWidth && style.borderTopStyle === 'solid' && style.borderLeftStyle === 'solid') pen.stroke();
}

function drawWords(pen: CanvasRenderingContext2D, words: Text, place: Place) {
  const parent = words.parentElement!;
  if (parent instanceof SVGElement || !words.data.trim()) return;
  const range = document.createRange();
  range.selectNodeContents(words);
  const at = range.getBoundingClientRect();
  if (parent.getBoundingClientRect().width <= 1 || parent.closest('figcaption')) return;
  const style = getComputedStyle(parent);
  const [x, y, , height] = place(at);
  pen.save();
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.direction = style.direction as CanvasDirection;
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  pen.fillText(words.data, x, y + height / 2);
  pen.restore();
}
