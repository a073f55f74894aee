import { threadId } from "node:worker_threads";
import { PoolError } from "../../src/errors.ts";
import { type Answer, serveThread, type TaskResult, transferOf } from "../../src/index.ts";

/** What the tests have a thread do. */
export type TestTask =
  | { readonly do: "echo"; readonly bytes: Uint8Array }
  | { readonly do: "thread" }
  | { readonly do: "setup" }
  | { readonly do: "notices" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "ask"; readonly question: string }
  | { readonly do: "throw"; readonly what: "error" | "coded" | "text" | "later" }
  | { readonly do: "die" };

const notices: unknown[] = [];

serveThread<unknown, TestTask, unknown>((setup, ask, onNotice) => {
  onNotice((notice) => notices.push(notice));
  return (task) => perform(task, setup, ask);
});

function perform(
  task: TestTask,
  setup: unknown,
  ask: Answer,
): TaskResult<unknown> | Promise<TaskResult<unknown>> {
  switch (task.do) {
    case "echo":
      return { value: task.bytes, transfer: transferOf(task.bytes) };
    case "thread":
      return { value: threadId };
    case "setup":
      return { value: setup };
    case "notices":
      return { value: [...notices] };
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
}
