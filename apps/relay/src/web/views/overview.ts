import { hostname } from "node:os";
import type { Config } from "@mailseal/policy/config";
import { html, raw } from "hono/html";
import type { Sections } from "../live-sections.ts";
import { page } from "./layout.ts";
import { type Html, shown } from "./text.ts";

const navigation = [
  ["traffic", "Traffic"],
  ["verification", "Results"],
  ["domains", "Domains"],
  ["failed", "Failures"],
  ["routes", "Bindings"],
  ["queue", "Queue"],
  ["signing-keys", "Keys"],
  ["check", "Check a message"],
] as const;

/** The whole page; sections are HTML by now. */
export function overviewPage({ hostname: name }: Config, sections: Sections): Html {
  const live = (id: string): Html =>
    html`<div id="${id}" data-live>${raw(sections.get(id) ?? "")}</div>`;
  return page({
    title: shown(name ?? hostname()),
    kind: "overview",
    body: html`<header class="top">
        <p class="brand"><a href="/" aria-current="page">Mailseal</a></p>
        <h1>${shown(name ?? hostname())}</h1>
        <p id="connection" class="connection" role="status">as of loading</p>
        <nav aria-label="On this page">
          ${navigation.map(([id, text]) => html`<a href="#${id}">${text}</a>`)}
        </nav>
      </header>
      <main id="main">
        <section aria-label="Summary" class="wide">${live("summary")}</section>
        <section id="traffic" class="wide" aria-labelledby="traffic-title">
          <div class="heading">
            <h2 id="traffic-title">Traffic</h2>
            <div class="choice" role="group" aria-label="Time shown">
              <button type="button" data-span="minutes" aria-pressed="true">10 minutes</button>
              <button type="button" data-span="day" aria-pressed="false">1 day</button>
            </div>
          </div>
          <div class="charts">
            <figure class="card">
              <figcaption id="rate-caption">Messages and signatures a second</figcaption>
              <div
                id="rate-chart"
                class="chart"
                role="img"
                aria-labelledby="rate-caption"
                aria-describedby="minutes"
              ></div>
            </figure>
            <figure class="card">
              <figcaption id="latency-caption">Time taken, milliseconds</figcaption>
              <div
                id="latency-chart"
                class="chart"
                role="img"
                aria-labelledby="latency-caption"
                aria-describedby="minutes"
              ></div>
            </figure>
          </div>
          <details>
            <summary>The last ten minutes as numbers</summary>
            ${live("minutes")}
          </details>
        </section>
        <section id="verification" class="wide" aria-labelledby="verification-title">
          <h2 id="verification-title">Results</h2>
          ${live("results")}
        </section>
        <section id="domains" class="card" aria-labelledby="domains-title">
          <h2 id="domains-title">Signing domains</h2>
          ${live("signing-domains")}
        </section>
        <section class="card" aria-labelledby="failing-title">
          <h2 id="failing-title">Failing domains</h2>
          ${live("failing-domains")}
        </section>
        <section id="failed" class="card wide" aria-labelledby="failed-title">
          <h2 id="failed-title">Last failures</h2>
          ${live("failures")}
        </section>
        <section id="routes" class="card" aria-labelledby="routes-title">
          <h2 id="routes-title">Bindings</h2>
          ${live("bindings")}
        </section>
        <section class="card" aria-labelledby="next-title">
          <h2 id="next-title">Next hops</h2>
          ${live("deliveries")}
        </section>
        <section id="queue" class="card wide" aria-labelledby="queue-title">
          <h2 id="queue-title">Queue and worker</h2>
          ${live("worker")}
        </section>
        <section id="signing-keys" class="card wide" aria-labelledby="keys-title">
          <h2 id="keys-title">Keys</h2>
          ${live("keys")}
        </section>
        <section class="card wide" aria-labelledby="rotations-title">
          <h2 id="rotations-title">Key rotation</h2>
          ${live("rotations")}
        </section>
        ${checkForm}
      </main>`,
  });
}

const checkForm: Html = html`<section id="check" class="card wide" aria-labelledby="check-title">
  <h2 id="check-title">Check a message</h2>
  <p>
    Verifies each signature, and says what happened to those that do not pass. The message is not
    kept.
  </p>
  <form id="check-form" method="post" action="/explain" enctype="multipart/form-data">
    <label for="check-text">The message, with all of its header</label>
    <textarea
      id="check-text"
      name="text"
      rows="7"
      spellcheck="false"
      placeholder="DKIM-Signature: v=1; a=rsa-sha256; …"
    ></textarea>
    <div class="row">
      <label for="check-file">or the file it was saved in; it can be dropped here</label>
      <input id="check-file" name="file" type="file" accept=".eml,message/rfc822,text/plain" />
      <button type="submit">Verify and explain</button>
    </div>
  </form>
</section>`;
