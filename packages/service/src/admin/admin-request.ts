/** Asks the admin server of a relay or worker. It loads nothing else, so that a command may begin with it. */
import { request, type RequestOptions } from "node:http";
import { text } from "node:stream/consumers";

export interface AdminRequest {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly token?: string | undefined;
  /** Without a word from the other side. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export interface AdminAnswer {
  readonly status: number;
  /** The JSON it answers, also where it says no. */
  readonly body: unknown;
}

/** Rejects with Node's own error where nobody listens, or with one that says what is wrong with the answer. */
export function askAdmin(
  target: { readonly path: string } | { readonly host: string; readonly port: number },
  { method = "GET", path, token, timeoutMs, maxAnswerBytes }: AdminRequest,
): Promise<AdminAnswer> {
  const options: RequestOptions = {
    method,
    path,
    timeout: timeoutMs,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...("path" in target ? { socketPath: target.path } : target),
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      let receivedBytes = 0;
      response.on("data", (chunk: Buffer) => {
        receivedBytes += chunk.length;
        if (receivedBytes > maxAnswerBytes) response.destroy(new Error("its answer has no end"));
      });
      text(response)
        .then((body) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) }))
        .catch((error: unknown) =>
          reject(
            error instanceof SyntaxError
              ? new Error(`expected JSON, got HTTP ${response.statusCode} with something else`)
              : error,
          ),
        );
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  });
}
