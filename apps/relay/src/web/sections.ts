import type { PageData } from "./page-data.ts";
import { checkForm } from "./views/explanation.ts";
import { failingDomains, recentFailures } from "./views/failures.ts";
import { keys, rotations } from "./views/keys.ts";
import { deliveries, queue } from "./views/queue.ts";
import { results } from "./views/results.ts";
import { bindings, signingDomains } from "./views/signing.ts";
import { summary } from "./views/summary.ts";
import type { Html } from "./views/text.ts";
import { charts, minutesTable, spanButtons } from "./views/traffic.ts";

/** The sections with a part that changes. */
export type LiveSectionId =
  | "summary"
  | "traffic"
  | "results"
  | "signing-domains"
  | "failing-domains"
  | "failures"
  | "bindings"
  | "deliveries"
  | "queue"
  | "keys"
  | "rotations";

/** The id of a section is that of its element. */
export type SectionId = LiveSectionId | "check";

interface SectionTexts {
  readonly title: string;
  /** The text of its link at the top of the page. Without one it has no link. */
  readonly link?: string;
  /** "bare": its title is for screen readers only. "plain": no card around it. */
  readonly shape: "bare" | "plain" | "card" | "wide-card";
  /** Shown beside the title. */
  readonly controls?: Html;
}

export interface LiveSection extends SectionTexts {
  /** Renders the part that changes, which is sent anew to each open page when it does. */
  readonly live: (data: PageData) => Html;
  /** Renders what stands around that part and stays; `liveId` is the id of its element. */
  readonly frame?: (live: Html, liveId: string) => Html;
}

export interface FixedSection extends SectionTexts {
  readonly fixed: Html;
}

export type Section = LiveSection | FixedSection;

/**
 * The overview, from top to bottom: titles, links, views and live updates come from this table. A new
 * section is an id above, a row here, and its view.
 */
export const sections: {
  readonly [Id in SectionId]: Id extends LiveSectionId ? LiveSection : FixedSection;
} = {
  summary: { title: "Summary", shape: "bare", live: summary },
  traffic: {
    title: "Traffic",
    link: "Traffic",
    shape: "plain",
    controls: spanButtons,
    live: minutesTable,
    frame: charts,
  },
  results: { title: "Results", link: "Results", shape: "plain", live: results },
  "signing-domains": {
    title: "Signing domains",
    link: "Domains",
    shape: "card",
    live: signingDomains,
  },
  "failing-domains": { title: "Failing domains", shape: "card", live: failingDomains },
  failures: {
    title: "Recent failures",
    link: "Failures",
    shape: "wide-card",
    live: recentFailures,
  },
  bindings: { title: "Bindings", link: "Bindings", shape: "card", live: bindings },
  deliveries: { title: "Deliveries", link: "Deliveries", shape: "card", live: deliveries },
  queue: { title: "Queue", link: "Queue", shape: "wide-card", live: queue },
  keys: { title: "Keys", link: "Keys", shape: "wide-card", live: keys },
  rotations: { title: "Key rotations", shape: "wide-card", live: rotations },
  check: {
    title: "Check a message",
    link: "Check a message",
    shape: "wide-card",
    fixed: checkForm,
  },
};

export const sectionIds = Object.keys(sections) as readonly SectionId[];
export const liveSectionIds: readonly LiveSectionId[] = sectionIds.filter(isLive);

export function isLive(id: SectionId): id is LiveSectionId {
  return "live" in sections[id];
}

/** The id of the element with the part of a section that changes. */
export function liveElementId(id: SectionId): string {
  return `${id}-live`;
}

/** The live parts of the page as HTML. */
export type LiveHtml = Readonly<Record<LiveSectionId, string>>;

/** Renders every live part. */
export function renderLive(data: PageData): LiveHtml {
  const parts = liveSectionIds.map((id) => [id, String(sections[id].live(data))] as const);
  return Object.fromEntries(parts) as LiveHtml;
}
