import { html } from "hono/html";
import type { Inventory, KeyAdvice, KeyState } from "../../statistics/key-inventory.ts";
import { badge, table, type Tone } from "./table.ts";
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

export function keysSection(inventory: Inventory | undefined): Html {
  if (inventory === undefined) return html`<p class="empty">The keys are being looked up.</p>`;
  return html`${table<KeyState>({
      id: "keys",
      caption: "Keys of configured domains, and of those that sign most",
      columns: [
        {
          title: "Key",
          kind: "name",
          cell: ({ selector, domain }) =>
            html`${shown(selector)}<span class="of">._domainkey.${shown(domain)}</span>`,
        },
        { title: "Type", cell: ({ type }) => type ?? "–" },
        { title: "Bits", kind: "number", cell: ({ bits }) => bits ?? "–" },
        {
          title: "Age",
          kind: "number",
          cell: ({ ageSeconds }) => (ageSeconds === undefined ? "–" : age(ageSeconds)),
        },
        { title: "In DNS", cell: (key) => badge(...publication[key.publication]) },
        { title: "Advice", cell: ({ advice }) => adviceList(advice) },
      ],
      rows: inventory.keys,
      empty: "The config names no key, and none was used.",
    })}
    <p class="rest">Looked up ${time(inventory.checkedAtMs)}</p>`;
}

function adviceList(advice: readonly KeyAdvice[]): Html {
  if (advice.length === 0) return html`<span class="reason">Nothing to do.</span>`;
  return html`<ul class="verdicts">
    ${advice.map(
      ({ level, text }) => html`<li>${badge(level, tones[level])} ${shown(text, 400)}</li>`,
    )}
  </ul>`;
}
