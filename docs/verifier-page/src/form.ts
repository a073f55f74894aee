/** The form: reads the message, verifies and explains it, and writes the report below. */
import {
  type Cause,
  dohResolver,
  explain,
  type ExplainedSignature,
  remedies,
} from "@mailseal/verifier/portable";

/** Makes the form in this document work. */
export function startForm(): void {
  const form = elementOf("form", HTMLFormElement);
  const resolver = elementOf("resolver", HTMLInputElement);
  const pasted = elementOf("message", HTMLTextAreaElement);
  const file = elementOf("file", HTMLInputElement);
  const report = elementOf("report", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    report.replaceChildren(paragraph("Verifying …"));
    void messageBytes(pasted, file)
      .then((bytes) => verified(bytes, resolver.value))
      .then(
        (children) => report.replaceChildren(...children),
        (error: unknown) => report.replaceChildren(paragraph(String(error))),
      );
  });
}

async function verified(bytes: Uint8Array, resolverUrl: string): Promise<readonly HTMLElement[]> {
  if (bytes.length === 0) return [paragraph("Paste a message first, or choose its file.")];
  const keys = dohResolver({ url: resolverUrl });
  const { signatures } = await explain(bytes, { keys });
  return signatures.length === 0
    ? [paragraph("The message has no DKIM signature.")]
    : signatures.map(describeSignature);
}

async function messageBytes(
  pasted: HTMLTextAreaElement,
  file: HTMLInputElement,
): Promise<Uint8Array> {
  const chosen = file.files?.[0];
  // A form turns line ends into LF; the verifier takes such a message as a Unix file, with CRLF.
  return chosen === undefined
    ? new TextEncoder().encode(pasted.value.trimStart())
    : new Uint8Array(await chosen.arrayBuffer());
}

function describeSignature(signature: ExplainedSignature): HTMLElement {
  const { result, code, reason, domain = "unknown domain", selector, causes, aligned } = signature;
  const article = element("article");
  article.className = result;
  const heading = element("h2");
  heading.textContent = `${result}: ${domain}${selector === undefined ? "" : ` (${selector})`}`;
  const alignment = `Alignment with the From domain: ${aligned}.`;
  article.append(heading, paragraph(`${reason} (${code}). ${alignment}`));
  article.append(...causes.flatMap(describeCause));
  return article;
}

function describeCause({ code, detail, evidence, changes = [] }: Cause): readonly HTMLElement[] {
  return [
    paragraph(`${detail} (${code})`),
    paragraph(`Evidence: ${evidence}`),
    ...changes.map(({ received, signed }) =>
      paragraph(
        `Received: ${JSON.stringify(received ?? "")}; signed: ${JSON.stringify(signed ?? "")}`,
      ),
    ),
    paragraph(remedies[code]),
  ];
}

function paragraph(text: string): HTMLElement {
  const made = element("p");
  made.textContent = text;
  return made;
}

function element(name: "article" | "h2" | "p"): HTMLElement {
  return document.createElement(name);
}

function elementOf<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${kind.name} "${id}"`);
  return found;
}
