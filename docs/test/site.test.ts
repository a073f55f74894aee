import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { handWrittenPages } from "../site/pages.ts";
import { stagedPages } from "../site/stage.ts";
import { pageHtml, siteFolder, sitePages } from "./support/served-site.ts";

const pages = sitePages();
const html = new Map<string, string>();
const anchors = new Map<string, ReadonlySet<string>>();

beforeAll(() => {
  for (const page of pages) {
    const text = pageHtml(page);
    html.set(page, text);
    anchors.set(page, new Set(Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id = ""]) => id)));
  }
});

/** The addresses in attributes of a kind. */
function addressesIn(text: string, attribute: string): readonly string[] {
  return Array.from(
    text.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g")),
    ([, address = ""]) => address.replaceAll("&amp;", "&"),
  );
}

test("the site has every page that is written by hand, and the generated reference", () => {
  const written = handWrittenPages().map(({ path }) => path.replace(/\.md$/, ".html"));
  expect(written.length).toBeGreaterThan(40);
  expect(written.filter((page) => !pages.includes(page))).toEqual([]);
  for (const page of [
    "reference/cli/mailseal.html",
    "reference/cli/mailseal-relay.html",
    "reference/cli/mailseal-worker.html",
    "reference/exit-codes.html",
    "reference/api/signer.html",
    "reference/api/verifier/explain.html",
  ]) {
    expect(pages).toContain(page);
  }
});

test("every link leads to a page or file of the site, and every anchor to a place in it", () => {
  const dead: string[] = [];
  for (const [page, text] of html) {
    for (const address of addressesIn(text, "href")) {
      const { host, pathname, hash } = new URL(address, `http://site/${page}`);
      if (host !== "site") continue;
      const file = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, "$1index.html");
      const anchor = decodeURIComponent(hash.slice(1));
      if (!existsSync(join(siteFolder, file))) dead.push(`${page}: ${address}`);
      else if (anchor !== "" && anchors.get(file)?.has(anchor) !== true) {
        dead.push(`${page}: ${address} (no such anchor)`);
      }
    }
  }
  expect(dead).toEqual([]);
});

test("no page takes anything from another server", () => {
  const foreign: string[] = [];
  for (const [page, text] of html) {
    const loaded = [
      ...addressesIn(text, "src"),
      ...addressesIn(text, "srcset"),
      ...Array.from(text.matchAll(/<link\b[^>]*\shref="([^"]*)"/g), ([, address = ""]) => address),
    ];
    foreign.push(
      ...loaded.filter((it) => /^(https?:)?\/\//.test(it)).map((it) => `${page}: ${it}`),
    );
  }
  expect(foreign).toEqual([]);
});

describe("the sidebar", () => {
  test("has every page but the home page and the form", () => {
    const listed = new Set(pages.flatMap((page) => sidebarOf(html.get(page) ?? "")));
    const missing = stagedPages()
      .map(
        ({ path }) => `/${path.replace(/(?:^|(?<=\/))index\.md$/, "").replace(/\.md$/, ".html")}`,
      )
      .filter((page) => page !== "/" && page !== "/verify.html" && !listed.has(page));
    expect(missing).toEqual([]);
  });

  /** The links in the sidebar of a page. */
  function sidebarOf(text: string): readonly string[] {
    const [, sidebar = ""] = text.split('id="VPSidebarNav"');
    const [links = ""] = sidebar.split("</nav>");
    return addressesIn(links, "href");
  }
});
