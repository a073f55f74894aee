import { html, raw } from "hono/html";
import {
  isLive,
  liveElementId,
  type LiveHtml,
  type Section,
  type SectionId,
  sectionIds,
  sections,
} from "../sections.ts";
import { page } from "./layout.ts";
import { type Html, shown } from "./text.ts";

const classes: Readonly<Record<Section["shape"], string>> = {
  bare: "wide",
  plain: "wide",
  card: "card",
  "wide-card": "card wide",
};

/** The whole page, with its live parts as they are now. */
export function overviewPage(hostname: string, live: LiveHtml): Html {
  const all = sectionIds.map((id): readonly [SectionId, Section] => [id, sections[id]]);
  return page({
    title: shown(hostname),
    kind: "overview",
    body: html`<header class="top">
        <p class="brand"><a href="/" aria-current="page">Mailseal</a></p>
        <h1>${shown(hostname)}</h1>
        <p id="connection" class="connection" role="status">not live</p>
        <nav aria-label="On this page">
          ${all.map(([id, { link }]) => (link === undefined ? "" : html`<a href="#${id}">${link}</a>`))}
        </nav>
      </header>
      <main id="main">${all.map(([id, section]) => sectionOf(id, section, live))}</main>`,
  });
}

function sectionOf(id: SectionId, section: Section, live: LiveHtml): Html {
  const { title, shape, controls } = section;
  const heading =
    shape === "bare"
      ? html`<h2 id="${id}-title" class="hidden">${title}</h2>`
      : html`<h2 id="${id}-title">${title}</h2>`;
  return html`<section id="${id}" class="${classes[shape]}" aria-labelledby="${id}-title">
    ${controls === undefined ? heading : html`<div class="heading">${heading}${controls}</div>`}
    ${content(id, section, live)}
  </section>`;
}

function content(id: SectionId, section: Section, live: LiveHtml): Html {
  if ("fixed" in section) return section.fixed;
  const elementId = liveElementId(id);
  const part = html`<div id="${elementId}" data-live>${raw(isLive(id) ? live[id] : "")}</div>`;
  return section.frame?.(part, elementId) ?? part;
}
