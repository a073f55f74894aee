/** Whether a program that signs can use a key: asked by who is about to tell it to. */
import process from "node:process";
import type { Config } from "@mailseal/config";
import { checkKey } from "@mailseal/policy/keys";
import type { AdminAnswer } from "./admin-request.ts";

/**
 * Answers `GET /keys/check?domain=D&selector=S&file=PATH` for the process that is asked: it reads the file as if a message
 * had come. Nothing of the key is in the answer.
 */
export async function answerKeyCheck(config: Config, query: URLSearchParams): Promise<AdminAnswer> {
  const [domain, selector, keyFile] = ["domain", "selector", "file"].map((name) => query.get(name));
  if (!domain || !selector || !keyFile?.startsWith("/")) {
    return { status: 400, body: { error: "expected domain, selector, and file as a whole path" } };
  }
  const answer = await checkKey(config, { domain, selector, keyFile });
  const user = { uid: process.geteuid?.(), gid: process.getegid?.() };
  return answer.status === "found"
    ? { status: 200, body: { usable: true, user } }
    : {
        status: 200,
        body: { usable: false, user, reason: answer.reason, remedy: answer.remedy },
      };
}
