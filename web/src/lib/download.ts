/** Files made in the browser: CSV that Excel opens as it is, and pictures. */
export function download(name: string, content: Blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** One field: quoted where needed; what a spreadsheet would run as a formula is made text. */
const field = (value: string | number | null | undefined) => {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};
export const csv = (rows: (string | number | null | undefined)[][]) =>
  new Blob([`\ufeff${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`], { type: 'text/csv;charset=utf-8' });
