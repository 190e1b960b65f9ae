/** A chart's figure as a PNG: its canvas or SVG drawn on the surface colour, twice as fine as the screen, with the title above. */
export async function picture(figure: HTMLElement, title: string): Promise<Blob> {
  const style = getComputedStyle(document.documentElement);
  const box = figure.getBoundingClientRect();
  const head = 40;
  const canvas = document.createElement('canvas');
  const fine = 2;
  canvas.width = box.width * fine;
  canvas.height = (box.height + head) * fine;
  const pen = canvas.getContext('2d')!;
  pen.scale(fine, fine);
  pen.fillStyle = style.getPropertyValue('--v-surface');
  pen.fillRect(0, 0, box.width, box.height + head);
  pen.fillStyle = style.getPropertyValue('--v-ink');
  pen.font = `600 15px ${style.getPropertyValue('--v-font')}`;
  pen.direction = document.documentElement.dir as CanvasDirection;
  pen.textAlign = 'start';
  pen.fillText(title, document.documentElement.dir === 'rtl' ? box.width - 12 : 12, 26);
  for (const part of figure.querySelectorAll<HTMLCanvasElement | SVGSVGElement>('canvas, svg')) {
    const at = part.getBoundingClientRect();
    const place = [at.left - box.left, at.top - box.top + head, at.width, at.height] as const;
    if (part instanceof HTMLCanvasElement) {
      pen.drawImage(part, ...place);
      continue;
    }
    const copy = part.cloneNode(true) as SVGSVGElement;
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    copy.setAttribute('width', String(at.width));
    copy.setAttribute('height', String(at.height));
    const image = new Image();
    // What a style sheet colours would be lost outside the page: variables become their values.
    const text = new XMLSerializer()
      .serializeToString(copy)
      .replace(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    pen.drawImage(image, ...place);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}
