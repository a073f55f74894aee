import { html } from "hono/html";
import type { Html } from "./text.ts";

export interface PageOptions {
  readonly title: string;
  readonly body: Html;
  /** A sheet is about one thing, and links back to the overview. */
  readonly kind: "overview" | "sheet";
}

export function page({ title, body, kind }: PageOptions): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Mailseal</title>
        <link rel="icon" href="/assets/icon.svg" />
        <link rel="stylesheet" href="/assets/uplot.css" />
        <link rel="stylesheet" href="/assets/page.css" />
        ${kind === "overview" ? html`<script type="module" src="/assets/page.js"></script>` : ""}
      </head>
      <body class="${kind}">
        <a class="skip" href="#main">Skip to content</a>
        ${body}
      </body>
    </html>`;
}

/** A page about one thing, with a link back to the overview. */
export function sheet(title: string, content: Html): Html {
  return page({
    title,
    kind: "sheet",
    body: html`<header class="top">
        <p class="brand"><a href="/">Mailseal</a></p>
      </header>
      <main id="main">
        <h1>${title}</h1>
        ${content}
        <p><a class="button" href="/">Back to the overview</a></p>
      </main>`,
  });
}

/** A page with one sentence or two. */
export function messagePage(title: string, text: string): Html {
  return sheet(title, html`<p>${text}</p>`);
}
