import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";
import { githubAnchor } from "../site/anchors.ts";
import { addMarkdownRules } from "../site/markdown-rules.ts";
import { sidebarOf } from "../site/sidebar.ts";
import { stagedPages } from "../site/stage.ts";

const icon =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#2f5fd0'/><path d='M6 10l10 8 10-8v13H6z' fill='#fff'/></svg>";

const sidebar = sidebarOf(stagedPages());

/** The page on top of the sidebar of a section. */
function firstPage(section: string): string {
  const [group] = sidebar[section] as DefaultTheme.SidebarItem[];
  return group?.items?.[0]?.link ?? section;
}

const config: UserConfig<DefaultTheme.Config> = defineConfig({
  title: "Mailseal",
  description:
    "DKIM for Node.js: libraries that sign and verify mail, a relay, a worker and a command line",
  lang: "en",
  srcDir: "dist/pages",
  outDir: "dist/site",
  cacheDir: "dist/cache",
  // A favicon in the page itself: browsers would ask for a file otherwise.
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    anchor: { slugify: githubAnchor },
    config: addMarkdownRules,
    // Languages of which the highlighter has no grammar, by one that is similar.
    languageAlias: { m4: "ini", conf: "ini" },
  },
  themeConfig: {
    nav: [
      { text: "Start", link: firstPage("/start/"), activeMatch: "^/start/" },
      { text: "Guides", link: firstPage("/guides/"), activeMatch: "^/(guides|examples)/" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      {
        text: "Explanations",
        link: firstPage("/explanations/"),
        activeMatch: "^/explanations/",
      },
      { text: "Verify a message", link: "/verify" },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
  },
  vite: {
    // The verifier's page carries JavaScript cryptography, in a chunk of its own.
    build: { chunkSizeWarningLimit: 4000 },
  },
});
export default config;
