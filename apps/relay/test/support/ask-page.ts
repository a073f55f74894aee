import { request } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** As fetch, but with any Host. */
export function ask(
  url: string,
  {
    method = "GET",
    headers = {},
    body = "",
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      text(response).then(
        (received) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The content type of a form. */
export const form = { "content-type": "application/x-www-form-urlencoded" };

export function expectPrintable(body: string): void {
  expect(body).toMatch(/^[\n\x20-\x7e\u00a0-\uffff]*$/);
}
