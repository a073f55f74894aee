import { html } from "hono/html";
import { count, type Html } from "./text.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Html | string | number;
  readonly kind?: "name" | "number";
}

/** The column that names a row. */
export function nameColumn<Row>(title: string, content: Column<Row>["cell"]): Column<Row> {
  return { title, kind: "name", cell: content };
}

/** A column of numbers, aligned to the right. */
export function numberColumn<Row>(title: string, content: Column<Row>["cell"]): Column<Row> {
  return { title, kind: "number", cell: content };
}

export interface TableOptions<Row> {
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The text in place of a table without rows. */
  readonly empty: Html | string;
}

/** A table that scrolls if it is too wide, with the keyboard too. */
export function table<Row>({ id, caption, columns, rows, empty }: TableOptions<Row>): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll" role="region" aria-labelledby="${id}-caption" tabindex="0">
    <table>
      <caption id="${id}-caption">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(head)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => cell(column, row))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function head<Row>({ title, kind }: Column<Row>): Html {
  return html`<th scope="col" class="${kind ?? "text"}">${title}</th>`;
}

function cell<Row>({ cell: content, kind }: Column<Row>, row: Row): Html {
  const value = content(row);
  const text = typeof value === "number" ? count(value) : value;
  return kind === "name"
    ? html`<th scope="row" class="name">${text}</th>`
    : html`<td class="${kind ?? "text"}">${text}</td>`;
}

/** A share as a bar. Screen readers skip it, because the number is beside it. */
export function bar(part: number, whole: number, tone: Tone): Html {
  const width = whole === 0 ? 0 : (100 * part) / whole;
  return html`<svg class="bar ${tone}" width="100%" height="8" aria-hidden="true">
    <rect class="track" width="100%" height="8" rx="4"></rect>
    <rect class="filled" width="${width.toFixed(2)}%" height="8" rx="4"></rect>
  </svg>`;
}

export type Tone = "good" | "bad" | "weak" | "calm";

/** A word with a colour. Readers who cannot see the colour miss nothing. */
export function badge(text: string, tone: Tone): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** The line below a table that shows the first rows only. */
export function rest(events: number, what: string): Html | "" {
  return events > 0 ? html`<p class="rest">and ${count(events)} ${what}</p>` : "";
}
