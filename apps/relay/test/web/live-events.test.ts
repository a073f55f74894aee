import { expect, test } from "vitest";
import { liveSectionIds } from "../../src/web/sections.ts";
import { mail, serveRelay } from "../support/served-relay.ts";

interface SentEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a page that is open, one by one; the page is closed with `abort`. */
async function* eventsOf(url: string, signal: AbortSignal): AsyncGenerator<SentEvent> {
  const { body } = await fetch(`${url}live`, { signal });
  let text = "";
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const [event = "", ...data] = lines.map((line) => line.replace(/^(?:event|data): /, ""));
      yield { event, data: data.join("\n") };
    }
  }
}

test("a page gets every section once, then the charts each second and sections that changed", async () => {
  const { url, send } = await serveRelay();
  const page = new AbortController();
  const events = eventsOf(url, page.signal);
  const ids: string[] = [];
  let first = await events.next();
  for (; first.value?.event === "section"; first = await events.next()) {
    const { id } = JSON.parse(first.value.data) as { id: string };
    ids.push(id);
  }
  expect(ids).toEqual(liveSectionIds.map((id) => `${id}-live`));
  expect(first.value?.event).toBe("points");
  const { timeSeconds } = JSON.parse(first.value?.data ?? "{}") as { timeSeconds: number[] };
  expect(timeSeconds).toHaveLength(6);
  await send("outbound", mail);
  for await (const { event, data } of events) {
    if (event === "section" && data.includes('"summary-live"')) {
      expect(data).toContain("<dt>Signed</dt>");
      break;
    }
  }
  page.abort();
});

test("more than 32 open pages are refused, and a page that is closed makes room", async () => {
  const { url } = await serveRelay();
  const pages = Array.from({ length: 32 }, () => new AbortController());
  const open = async ({ signal }: AbortController): Promise<number> =>
    (await fetch(`${url}live`, { signal })).status;
  expect(new Set(await Promise.all(pages.map(open)))).toEqual(new Set([200]));
  expect(await open(new AbortController())).toBe(503);
  pages[0]?.abort();
  const another = new AbortController();
  await expect.poll(() => open(another), { timeout: 10_000 }).toBe(200);
  for (const page of [...pages, another]) page.abort();
});
