import type { FailedMessage } from "@mailseal/service";
import type { Cause, Change, ExplainedSignature, Explanation } from "@mailseal/verifier/explain";
import { isProven, remedies } from "@mailseal/verifier/explain";
import { html } from "hono/html";
import { sheet } from "./layout.ts";
import { toneOfResult } from "./results.ts";
import { badge } from "./table.ts";
import { count, type Html, shown, time } from "./text.ts";

const mostLines = 12;
const mostChanges = 4;

/** Each signature, what happened to it, and what to do. */
export function explanationPage(
  title: string,
  { signatures, from, hypotheses, bounded }: Explanation,
  failure?: FailedMessage,
): Html {
  const authors = from.map((address) => shown(address)).join(", ");
  return sheet(
    title,
    html`<dl class="facts">
        <div>
          <dt>From</dt>
          <dd>${authors === "" ? "–" : shown(authors, 400)}</dd>
        </div>
        ${
          failure === undefined
            ? ""
            : html`<div>
                <dt>Came</dt>
                <dd>${time(failure.atMs)}, ${count(failure.sizeBytes)} octets</dd>
              </div>`
        }
      </dl>
      ${signatures.length === 0 ? html`<p class="card">Not signed: the message has no DKIM-Signature field.</p>` : signatures.map(signatureCard)}
      ${hypotheses === 0 ? "" : html`<p class="rest">${count(hypotheses)} ways in which it may have been changed were tested${bounded ? ", then the time was up" : ""}.</p>`}`,
  );
}

function signatureCard(signature: ExplainedSignature): Html {
  const { result, code, reason, domain, selector, algorithm, keyBits, canonicalization } =
    signature;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Selector", selector],
    ["Algorithm", algorithm],
    ["Key", keyBits === undefined ? undefined : `${keyBits} bits`],
    ["Canonicalization", canonicalization],
    ["Body hash", signature.bodyHash],
    ["Signature", signature.signature],
    ["Alignment with From", signature.aligned],
  ];
  return html`<article class="card signature">
    <h2>${badge(result, toneOfResult(result))} ${shown(domain ?? "unknown domain")}</h2>
    <p>${shown(reason, 400)} <code>${shown(code)}</code></p>
    <dl class="facts">
      ${facts.map(([term, value]) =>
        value === undefined
          ? ""
          : html`<div>
              <dt>${term}</dt>
              <dd>${shown(value)}</dd>
            </div>`,
      )}
    </dl>
    ${signature.causes.map(causeBlock)}
  </article>`;
}

function causeBlock({ code, field, detail, evidence, changes = [] }: Cause): Html {
  return html`<section class="cause">
    <h3><code>${code}</code> ${field === undefined ? "" : shown(field)}</h3>
    <p>${shown(sentence(detail), 600)}</p>
    ${changes.slice(0, mostChanges).map(changeBlock)}
    <p><b>${isProven(code) ? "Proof" : "Known"}:</b> ${shown(evidence, 600)}.</p>
    <p><b>What to do:</b> ${remedies[code]}</p>
  </section>`;
}

/** As a diff from what was signed to what was received. */
function changeBlock({ signed, received }: Change): Html {
  return html`<pre class="change">${lines(signed, "-", "del")}${lines(received, "+", "ins")}</pre>`;
}

function lines(text: string | undefined, sign: string, element: "del" | "ins"): readonly Html[] {
  if (text === undefined || text === "") return [];
  const readable = Buffer.from(text, "latin1").toString("utf8");
  const all = readable.replace(/\r?\n$/, "").split(/\r?\n/);
  const kept = all.slice(0, mostLines).map((line) => visible(shown(line)));
  if (all.length > mostLines) kept.push(`(${all.length - mostLines} more lines)`);
  return kept.map((line) =>
    element === "del" ? html`<del>${sign} ${line}</del> ` : html`<ins>${sign} ${line}</ins> `,
  );
}

/** Blanks at the end of a line, and tabs, are what differs often and is never seen. */
function visible(line: string): string {
  return line.replaceAll("\\u0009", "→").replace(/ +$/, (blanks) => "·".repeat(blanks.length));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
