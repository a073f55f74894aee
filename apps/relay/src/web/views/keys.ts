import type { RotationSummary } from "@mailseal/service";
import { html } from "hono/html";
import type { KeyAdvice, KeyState } from "../../statistics/key-inventory.ts";
import type { PageData } from "../page-data.ts";
import { badge, nameColumn, numberColumn, table, type Tone } from "./table.ts";
import { age, type Html, shown, time } from "./text.ts";

const tones: Readonly<Record<KeyAdvice["level"], Tone>> = {
  error: "bad",
  warning: "weak",
  note: "calm",
};
const publication: Readonly<Record<KeyState["publication"], readonly [string, Tone]>> = {
  published: ["published", "good"],
  "not-published": ["not published", "bad"],
  unknown: ["unknown", "weak"],
};

/** The signing keys, and whether DNS publishes them. */
export function keys({ inventory }: Pick<PageData, "inventory">): Html {
  if (inventory === undefined) return html`<p class="empty">Looking up the keys…</p>`;
  return html`${table<KeyState>({
      id: "keys",
      caption: "Keys of the configured domains and of the domains that sign most",
      columns: [
        {
          title: "Key",
          kind: "name",
          cell: ({ selector, domain }) =>
            html`${shown(selector)}<span class="of">._domainkey.${shown(domain)}</span>`,
        },
        { title: "Type", cell: ({ type }) => type ?? "–" },
        numberColumn("Bits", ({ bits }) => bits ?? "–"),
        {
          title: "Age",
          kind: "number",
          cell: ({ ageSeconds }) => (ageSeconds === undefined ? "–" : age(ageSeconds)),
        },
        { title: "In DNS", cell: (key) => badge(...publication[key.publication]) },
        { title: "Advice", cell: ({ advice }) => adviceList(advice) },
      ],
      rows: inventory.keys,
      empty: "No keys: the config names none, and none has been used.",
    })}
    <p class="rest">Looked up at ${time(inventory.checkedAtMs)}</p>`;
}

function adviceList(advice: readonly KeyAdvice[]): Html {
  if (advice.length === 0) return html`<span class="reason">Nothing to do.</span>`;
  return html`<ul class="verdicts">
    ${advice.map(
      ({ level, text }) => html`<li>${badge(level, tones[level])} ${shown(text, 400)}</li>`,
    )}
  </ul>`;
}

/** Key rotations, which the worker carries out. */
export function rotations({ worker }: Pick<PageData, "worker">): Html {
  if (worker?.kind !== "answers") {
    return html`<p class="empty">Shown while a worker is running.</p>`;
  }
  return table<RotationSummary>({
    id: "rotations",
    caption: "Key rotations, most recent first",
    columns: [
      nameColumn("Domain", ({ domain }) => shown(domain)),
      { title: "Stage", cell: stageCell },
      { title: "Since", cell: ({ sinceMs }) => time(sinceMs) },
      { title: "Next check", cell: ({ isOver, dueMs }) => (isOver ? "–" : time(dueMs)) },
      { title: "New keys", cell: ({ incoming }) => shown(incoming.join(" ")) },
      { title: "Old keys", cell: ({ outgoing }) => shown(outgoing.join(" ")) },
      { title: "Waiting for", cell: ({ problem }) => shown(problem ?? "–", 400) },
    ],
    rows: worker.answer.rotations,
    empty: html`No rotations. Start one with <code>mailseal rotate start</code>.`,
  });
}

function stageCell({ stage, isOver, cause, direction }: RotationSummary): Html {
  const text = direction === "back" ? `${stage} (${isOver ? "rolled" : "rolling"} back)` : stage;
  if (cause === "failed") return badge(text, "bad");
  return badge(text, isOver ? "calm" : "good");
}
