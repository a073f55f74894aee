/** Where a process begins that runs the hooks of a module: whatever happens in it, the mail goes on elsewhere. */
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
  throw new TypeError("expected to be started by the program whose hooks these are");
}

/** Throws where the message holds something that cannot be sent. */
function post(message: FromProcess): void {
  // A program that is gone needs no answer: its end ends this process too.
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Of which call something is. */
interface Origin {
  readonly id: number;
  readonly hook: HookName;
  readonly queueId: string;
}

/** The call that a promise, a timer or a socket was made in. */
const calls = new AsyncLocalStorage<Origin>();
const controllers = new Map<number, AbortController>();
/** What came to its end in this turn of the loop, and has not been told. */
let ended = new Map<number, HookResult>();

function end(id: number, result: HookResult): void {
  if (ended.size === 0) setImmediate(flush);
  // What went wrong beside a call goes before what it answered.
  if (ended.get(id)?.ok !== false) ended.set(id, result);
}

/** A turn later than the answer: a rejection that nobody handles is known by then. */
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

process.on("unhandledRejection", (error) => stray("a promise that it left alone rejected:", error));
process.on("uncaughtException", (error) => stray("a callback of it threw", error));
const exit = process.exit.bind(process);
process.exit = () => {
  throw new Error("process.exit is not for hooks");
};
// The program ends this one, when no message needs it any more: not the terminal, nor a service manager.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("disconnect", () => exit(0));

/** What a hook is given beside its context. */
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
    // After the results of what was called before it.
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
      "expected it to export beforeSign, afterVerify or sendersOf, it exports neither",
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
