import { html } from "hono/html";
import { sheet } from "./layout.ts";
import type { Html } from "./text.ts";

/** Says one thing. */
export function messagePage(title: string, text: string): Html {
  return sheet(title, html`<p>${text}</p>`);
}
