/** CSV as RFC 4180 has it, harmless to spreadsheets, and the way back: what was written is read as it was. */

/** What a spreadsheet would run as a formula (OWASP, CSV injection), whatever apostrophes stand before it. */
const FORMULA = /^'*[=+\-@\t\r]/;

/** An apostrophe makes it text. */
function harmless(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes back what `harmless` put in front. */
export function asTyped(field: string): string {
  return field.startsWith("'") && FORMULA.test(field.slice(1)) ? field.slice(1) : field;
}

function csvField(value: string | number | boolean | Date | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return value instanceof Date ? value.toISOString() : String(value);
  const text = harmless(value);
  return /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With its line end. */
export function csvLine(values: readonly (string | number | boolean | Date | null | undefined)[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
