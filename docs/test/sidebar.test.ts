import { expect, test } from "vitest";
import { sidebarOf } from "../site/sidebar.ts";

const page = (path: string): { path: string; title: string } => ({ path, title: path });

test("a section lists its pages in the order of its groups", () => {
  const { "/guides/": guides } = sidebarOf([
    page("guides/rotation.md"),
    page("guides/from-mailauth.md"),
    page("guides/postfix.md"),
    page("guides/from-opendkim.md"),
  ]);
  expect(guides).toEqual([
    { text: "Set up", items: [{ text: "guides/postfix.md", link: "/guides/postfix" }] },
    { text: "Operate", items: [{ text: "guides/rotation.md", link: "/guides/rotation" }] },
    {
      text: "Switch",
      items: [
        { text: "guides/from-opendkim.md", link: "/guides/from-opendkim" },
        { text: "guides/from-mailauth.md", link: "/guides/from-mailauth" },
      ],
    },
  ]);
});

test("a page that no group names is listed all the same", () => {
  const { "/explanations/": explanations } = sidebarOf([page("explanations/new.md")]);
  expect(JSON.stringify(explanations)).toContain("/explanations/new");
});
