/** One column of a text table. */
export interface TextColumn {
  readonly title: string;
  /** Numbers stand right, names left (the default). */
  readonly align?: 'left' | 'right';
}

const charactersOf = (text: string) => [...text].length;

function padded(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - charactersOf(text)));
  return align === 'right' ? space + text : text + space;
}

/**
 * Lays out a table as plain text: columns as wide as their widest cell, two spaces apart, a line under the titles, and
 * above the last `footerRows` rows.
 * @returns lines joined by `\n`, without trailing spaces.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  footerRows = 0,
): string {
  const widths = columns.map(({ title }, place) =>
    Math.max(charactersOf(title), ...rows.map((row) => charactersOf(row[place] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, place) => padded(cells[place] ?? '', widths[place]!, align))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const body = rows.map(line);
  if (footerRows > 0) body.splice(rows.length - footerRows, 0, rule);
  return [line(columns.map(({ title }) => title)), rule, ...body].join('\n');
}

/** A number for a table: fixed digits, or a dash where there is none. */
export function cell(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A percentage as a bar of block characters, `width` characters for 100. */
export function textBar(percent: number, width = 20): string {
  if (!(percent > 0)) return '';
  const eighths = Math.round((Math.min(percent, 100) / 100) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}
