/** Sends a request to the admin server of a relay or worker. */
import { request, type RequestOptions } from "node:http";
import { text } from "node:stream/consumers";

export interface AdminRequest {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly token?: string | undefined;
  /** The longest time without data from the server. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
}

export interface AdminAnswer {
  readonly status: number;
  /** The JSON of the answer, or of a refusal. */
  readonly body: unknown;
}

/** Rejects with Node's own error if nothing listens there, or with an error that describes an answer that is not JSON. */
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
        if (receivedBytes > maxAnswerBytes) response.destroy(new Error("the answer is too long"));
      });
      text(response)
        .then((body) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) }))
        .catch((error: unknown) =>
          reject(
            error instanceof SyntaxError
              ? new Error(
                  `the answer is not JSON (HTTP ${response.statusCode}): is this the admin address of a relay or worker?`,
                )
              : error,
          ),
        );
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  });
}
