import { expect, test } from "vitest";
import {
  liveElementId,
  liveSectionIds,
  renderLive,
  type SectionId,
  sectionIds,
  sections,
} from "../../../src/web/sections.ts";
import { overviewPage } from "../../../src/web/views/overview.ts";
import { pageData } from "../../support/page-data.ts";

test("each section appears once, with its title, its link and its live part", () => {
  const live = renderLive(pageData());
  const page = String(overviewPage("relay.test", live)).replaceAll(/\s+/g, " ");
  const times = (part: string): number => page.split(part).length - 1;
  for (const id of sectionIds) {
    const { title, link } = sections[id];
    expect(times(`<section id="${id}"`), id).toBe(1);
    expect(times(`>${title}</h2>`), id).toBe(1);
    expect(times(`<a href="#${id}">`), id).toBe(link === undefined ? 0 : 1);
  }
  for (const id of liveSectionIds) {
    expect(live[id], id).not.toBe("");
    expect(times(`<div id="${liveElementId(id)}" data-live>`), id).toBe(1);
    expect(page, id).toContain(live[id].replaceAll(/\s+/g, " "));
  }
});

test("no id occurs twice on the page", () => {
  const page = String(overviewPage("relay.test", renderLive(pageData())));
  const ids = Array.from(page.matchAll(/\sid="([^"]*)"/g), ([, id]) => id);
  expect(ids.length).toBeGreaterThan(sectionIds.length);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining<SectionId>([...sectionIds]));
});

test("the name of the host is escaped", () => {
  const page = String(overviewPage("<b>relay\n.test", renderLive(pageData())));
  expect(page).not.toContain("<b>relay");
  expect(page).toContain("<title>&lt;b&gt;relay\\u000a.test · Mailseal</title>");
});
