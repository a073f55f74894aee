import { expect, expectTypeOf, test } from "vitest";
import {
  liveElementId,
  type LiveHtml,
  type LiveSection,
  renderLive,
  sections,
} from "../../src/web/sections.ts";
import { pageData } from "../support/page-data.ts";

test("a misspelt id of a section does not compile", () => {
  const live = renderLive(pageData());
  expectTypeOf<keyof LiveHtml>().not.toEqualTypeOf<string>();
  // @ts-expect-error -- no section has this id
  expect(live["sumary"]).toBeUndefined();
  // @ts-expect-error -- nor can an update have it
  expect(liveElementId("sumary")).toBe("sumary-live");
  // @ts-expect-error -- nor a row of the table
  const misspelt: typeof sections = { ...sections, sumary: sections.summary };
  // @ts-expect-error -- and no row may be missing
  const missing: typeof sections = {};
  // @ts-expect-error -- a form that is filled in is not updated
  const replaced: LiveSection = sections.check;
  expect([misspelt, missing, replaced]).toHaveLength(3);
});
