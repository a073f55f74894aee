import { threadId } from "node:worker_threads";
import { PoolError } from "../../src/errors.ts";
import { serveThread, transferOf } from "../../src/index.ts";

/** What the tests have a thread do. */
export type TestTask =
  | { readonly do: "echo"; readonly bytes: Uint8Array }
  | { readonly do: "thread" }
  | { readonly do: "setup" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "ask"; readonly question: string }
  | { readonly do: "throw"; readonly what: "error" | "coded" | "text" | "later" }
  | { readonly do: "die" };

serveThread<unknown, TestTask, unknown>((setup, ask) => (task) => {
  switch (task.do) {
    case "echo":
      return { value: task.bytes, transfer: transferOf(task.bytes) };
    case "thread":
      return { value: threadId };
    case "setup":
      return { value: setup };
    case "wait":
      return new Promise((resolve) => setTimeout(() => resolve({ value: "waited" }), task.ms));
    case "ask":
      return ask(task.question).then((value) => ({ value }));
    case "throw":
      switch (task.what) {
        case "error":
          throw new Error("plain");
        case "coded":
          throw new PoolError("pool-full", "with a code");
        case "text":
          throw "text";
        case "later":
          return Promise.reject(new Error("later"));
      }
      break;
    case "die":
      process.exit(7);
  }
  return { value: undefined };
});
