import type { FailedMessage } from "@mailseal/service";
import {
  type Cause,
  type Change,
  type ExplainedSignature,
  type Explanation,
  isProven,
  remedies,
} from "@mailseal/verifier/explain";
import { html } from "hono/html";
import { sheet } from "./layout.ts";
import { toneOfResult } from "./results.ts";
import { badge } from "./table.ts";
import { count, type Html, shown, time } from "./text.ts";

const mostLines = 12;
const mostChanges = 4;

/** Each signature with its verdict, the causes of a failure, and the remedies. */
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
                <dt>Received</dt>
                <dd>${time(failure.atMs)}, ${count(failure.sizeBytes)} octets</dd>
              </div>`
        }
      </dl>
      ${signatures.length === 0 ? html`<p class="card">Not signed: the message has no DKIM-Signature field.</p>` : signatures.map(signatureCard)}
      ${hypotheses === 0 ? "" : html`<p class="rest">Tested ${count(hypotheses)} possible changes${bounded ? " before reaching the time limit" : ""}.</p>`}`,
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
    <p>${shown(sentence(reason), 400)} <code>${shown(code)}</code></p>
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
    <p><b>${isProven(code) ? "Proof" : "Evidence"}:</b> ${shown(evidence, 600)}.</p>
    <p><b>What to do:</b> ${remedies[code]}</p>
  </section>`;
}

/** A diff from the signed text to the received one. */
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
    element === "del" ? html`<del>${sign} ${line}</del>` : html`<ins>${sign} ${line}</ins>`,
  );
}

/** Shows tabs and blanks at the end of a line, which often differ and are invisible. */
function visible(line: string): string {
  return line.replaceAll("\\u0009", "→").replace(/ +$/, (blanks) => "·".repeat(blanks.length));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The form for a message of the reader's own; page.js lets a file be dropped on it. */
export const checkForm: Html = html`<p>
    Verifies each signature and explains why it does not pass. The message is not stored.
  </p>
  <form id="check-form" method="post" action="/explain" enctype="multipart/form-data">
    <label for="check-text">Message source, with the complete header</label>
    <textarea
      id="check-text"
      name="text"
      rows="7"
      spellcheck="false"
      placeholder="DKIM-Signature: v=1; a=rsa-sha256; …"
    ></textarea>
    <div class="row">
      <label for="check-file">or choose or drop the saved message</label>
      <input id="check-file" name="file" type="file" accept=".eml,message/rfc822,text/plain" />
      <button type="submit">Verify and explain</button>
    </div>
  </form>`;
