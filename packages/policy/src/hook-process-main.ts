/** The entry of a process that runs the hooks of a module. Whatever happens in it, mail flows on in the program. */
import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { splitMessage } from "@mailseal/syntax";
import { type HookName, hookNames, type HookResult } from "./hooks/hook-call.ts";
import { messageView } from "./hooks/message-view.ts";
import type { CarriedCall, FromProcess, ToProcess } from "./hooks/process-protocol.ts";
import { reasonOf } from "./pipeline/reason-of.ts";

type Hook = (...given: unknown[]) => unknown;

const [, , path] = process.argv;
if (process.send === undefined || path === undefined) {
  throw new TypeError(
    "this file is the entry of a hook process: expected to be started by the program that uses the hooks",
  );
}

/** Throws if the message holds something that cannot be sent. */
function post(message: FromProcess): void {
  // A program that has ended needs no answer, and this process ends with it.
  process.send?.(message, undefined, undefined, () => undefined);
}

/** The call that something belongs to. */
interface Origin {
  readonly id: number;
  readonly hook: HookName;
  readonly queueId: string;
}

/** The call in which a promise, a timer or a socket was created. */
const calls = new AsyncLocalStorage<Origin>();
const controllers = new Map<number, AbortController>();
/** Results of this turn of the event loop that have not been sent yet. */
let ended = new Map<number, HookResult>();

function end(id: number, result: HookResult): void {
  if (ended.size === 0) setImmediate(flush);
  // A failure beside a call overrides the value that the call returned.
  if (ended.get(id)?.ok !== false) ended.set(id, result);
}

/** Runs one turn after the answer, when unhandled rejections are known. */
function flush(): void {
  const results = [...ended];
  ended = new Map();
  for (const [id] of results) controllers.delete(id);
  try {
    post({ kind: "results", results });
  } catch {
    for (const [id, result] of results) postAlone(id, result);
  }
}

function postAlone(id: number, result: HookResult): void {
  try {
    post({ kind: "results", results: [[id, result]] });
  } catch (error) {
    const reason = `its answer is not usable: ${reasonOf(error)}`;
    post({ kind: "results", results: [[id, { ok: false, reason }]] });
  }
}

function stray(what: string, error: unknown): void {
  const origin = calls.getStore();
  const reason = `${what} ${reasonOf(error)}`;
  if (origin !== undefined && controllers.has(origin.id)) {
    end(origin.id, { ok: false, reason });
    return;
  }
  const { hook, queueId } = origin ?? {};
  post({ kind: "stray", reason, hook, queueId });
}

process.on("unhandledRejection", (error) =>
  stray("a promise that it did not await rejected:", error),
);
process.on("uncaughtException", (error) => stray("one of its callbacks threw", error));
const exit = process.exit.bind(process);
process.exit = () => {
  throw new Error("a hook must not call process.exit: throw an error instead");
};
// Only the program ends this process, once no message needs it, and not a terminal or a service manager.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => exit(0));

/** The arguments of a hook before its context. */
function given({ hook, header, sizeBytes, report, login }: CarriedCall): unknown[] {
  if (hook === "sendersOf") return [login];
  const view = messageView(splitMessage(header), sizeBytes);
  return hook === "beforeSign" ? [view] : [report, view];
}

async function run(hook: Hook | undefined, call: CarriedCall): Promise<void> {
  const controller = new AbortController();
  controllers.set(call.id, controller);
  try {
    const context = { ...call.context, signal: controller.signal };
    end(call.id, { ok: true, answer: await hook?.(...given(call), context) });
  } catch (error) {
    end(call.id, { ok: false, reason: `it threw ${reasonOf(error)}` });
  }
}

function take(hooks: ReadonlyMap<HookName, Hook>, message: ToProcess): void {
  if (message.kind === "abort") {
    controllers.get(message.id)?.abort();
    // After the results of earlier calls.
    setImmediate(() => {
      controllers.delete(message.id);
      post({ kind: "aborted", id: message.id });
    });
    return;
  }
  const { id, hook, context } = message;
  void calls.run({ id, hook, queueId: context.queueId }, run, hooks.get(hook), message);
}

async function hooksOf(file: string): Promise<ReadonlyMap<HookName, Hook>> {
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`it cannot be imported: ${reasonOf(error)}`, { cause: error });
  }
  const hooks = new Map<HookName, Hook>();
  for (const name of hookNames) {
    const hook = module[name];
    if (typeof hook === "function") {
      hooks.set(name, hook as Hook);
    } else if (hook !== undefined) {
      throw new Error(`expected ${name} to be a function, got ${typeof hook}`);
    }
  }
  if (hooks.size === 0) {
    throw new Error(
      "expected it to export beforeSign, afterVerify or sendersOf, but it exports none of them",
    );
  }
  return hooks;
}

try {
  const hooks = await hooksOf(path);
  post({ kind: "loaded", hooks: [...hooks.keys()] });
  process.on("message", (message: ToProcess) => take(hooks, message));
} catch (error) {
  post({ kind: "unusable", reason: error instanceof Error ? error.message : String(error) });
}
