import type { DefaultTheme } from "vitepress";

/** A page as the sidebar knows it. */
export interface ListedPage {
  /** Relative to the site, such as `guides/rotation.md`. */
  readonly path: string;
  readonly title: string;
}

interface Group {
  readonly text: string;
  /** The pages in their order: their paths without `.md`, or the beginning of the paths of many. */
  readonly pages: readonly string[];
}

const sections: Readonly<Record<string, readonly Group[]>> = {
  "/start/": [
    { text: "Start", pages: ["start/application", "start/operator", "start/platform", "start/"] },
  ],
  "/guides/": [
    {
      text: "Set up",
      pages: [
        "guides/postfix",
        "guides/sendmail",
        "guides/smtp-path",
        "guides/queue-and-workers",
        "guides/verifying-inbound",
        "guides/containers",
        "guides/hooks",
      ],
    },
    {
      text: "Operate",
      pages: ["guides/rotation", "guides/monitoring", "guides/bounces", "guides/hardening"],
    },
    { text: "Switch", pages: ["guides/from-opendkim", "guides/from-momentum", "guides/from-"] },
    { text: "Use the libraries", pages: ["guides/runtimes", "guides/"] },
    { text: "Examples", pages: ["examples/index", "examples/"] },
  ],
  "/reference/": [
    {
      text: "Operate",
      pages: [
        "reference/index",
        "reference/configuration",
        "reference/verdicts",
        "reference/setup",
        "reference/doctor",
        "reference/exit-codes",
        "reference/cli/mailseal",
        "reference/cli/",
      ],
    },
    { text: "Packages", pages: ["reference/packages/"] },
    { text: "API", pages: ["reference/api/"] },
    { text: "More", pages: ["reference/"] },
  ],
  "/explanations/": [
    {
      text: "Explanations",
      pages: [
        "explanations/how-dkim-works",
        "explanations/how-dkim-breaks",
        "explanations/signed-fields",
        "explanations/security",
        "explanations/architecture",
        "explanations/",
      ],
    },
  ],
};

/** The sidebar of each section. Every page is in it once: a page that no group names is in the group of its folder. */
export function sidebarOf(pages: readonly ListedPage[]): DefaultTheme.SidebarMulti {
  const sidebar: DefaultTheme.SidebarMulti = {};
  for (const [folder, groups] of Object.entries(sections)) {
    const rest = new Set(pages);
    const items = groups.map(({ text, pages: wanted }) => ({
      text,
      items: wanted
        .flatMap((name) => takePages(rest, name))
        .map(({ path, title }) => ({
          text: title,
          link: `/${path.replace(/(^|\/)index\.md$|\.md$/, "$1")}`,
        })),
    }));
    sidebar[folder] = items.filter((group) => group.items.length > 0);
  }
  // Examples are part of the guides.
  const { "/guides/": guides = [] } = sidebar;
  return { ...sidebar, "/examples/": guides };
}

function takePages(rest: Set<ListedPage>, name: string): readonly ListedPage[] {
  const isBeginning = /[/-]$/.test(name);
  const taken = [...rest].filter(({ path }) =>
    isBeginning ? path.startsWith(name) : path === `${name}.md`,
  );
  for (const page of taken) rest.delete(page);
  return taken;
}
