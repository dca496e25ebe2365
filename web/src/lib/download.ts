// Taking along what is shown: as rows, as the answer itself, as a picture.

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has begun by then; the bytes need not be kept.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export type Rows = readonly (readonly (string | number | null | undefined)[])[];

/** RFC 4180, with a mark so that spreadsheets read it as UTF-8. */
export function csv(rows: Rows): string {
  const cell = (value: string | number | null | undefined): string => {
    const text = String(value ?? '');
    // A cell that begins like a formula would be run by a spreadsheet; an apostrophe makes it text.
    const inert = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

export const saveCsv = (name: string, rows: Rows): void =>
  save(`${name}.csv`, new Blob([csv(rows)], { type: 'text/csv;charset=utf-8' }));

export const saveJson = (name: string, value: unknown): void =>
  save(`${name}.json`, new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));

/** A drawing as a file has it, with its size on the screen. */
export interface Picture {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

/** What is drawn on the page, as a file that stands alone. */
export function pictureOf(svg: SVGSVGElement | undefined): Picture | undefined {
  if (!svg) return undefined;
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.querySelectorAll('[tabindex]').forEach((element) => element.removeAttribute('tabindex'));
  const { width, height } = svg;
  return {
    text: new XMLSerializer().serializeToString(copy),
    width: width.baseVal.value,
    height: height.baseVal.value,
  };
}

export const saveSvg = (name: string, text: string): void =>
  save(`${name}.svg`, new Blob([text], { type: 'image/svg+xml' }));

/** Twice the size on the screen, on white, so that it can be printed. */
export async function savePng(name: string, { text, width, height }: Picture): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * 2;
  canvas.height = height * 2;
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob) save(`${name}.png`, blob);
}
