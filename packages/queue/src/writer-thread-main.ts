/** The entry point of an embedded queue's thread, the only thread of the process that opens the file. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { anchoredClock } from "./embedded/file/clock-row.ts";
import { failureOf } from "./embedded/file/sqlite-code.ts";
import { packAnswers } from "./embedded/thread/bytes-pack.ts";
import { GroupCommit } from "./embedded/thread/group-commit.ts";
import type { FromThread, Request, ThreadStart, ToThread } from "./embedded/thread/protocol.ts";
import { ThreadMemory } from "./embedded/thread/thread-memory.ts";

/** Limits how long a request waits for the others in its commit. */
const maxShared = 4096;

const port = parentPort;
if (port === null) throw new TypeError("expected to run in a worker thread of a queue");
const { store: options, clock } = workerData as ThreadStart;
const commits = new GroupCommit(options);
const memory = new ThreadMemory();

const post = (message: FromThread, transfer: readonly ArrayBuffer[]): void =>
  port.postMessage(message, transfer);

function closeAll(): void {
  commits.close();
  port?.close();
}

/** Everything that arrived while the last commit ran goes into the next one. */
function serve(first: ToThread): void {
  const requests: Request[] = [];
  let nowMs = 0;
  let next: ToThread | undefined = first;
  while (next?.kind === "requests") {
    requests.push(...next.requests);
    nowMs = Math.max(nowMs, next.nowMs);
    next =
      requests.length < maxShared
        ? (receiveMessageOnPort(port as NonNullable<typeof port>)?.message as ToThread | undefined)
        : undefined;
  }
  if (requests.length > 0) {
    const { value: answers, transfer } = packAnswers(commits.run(requests, nowMs));
    post({ kind: "answers", answers }, transfer);
    memory.served();
  }
  if (next?.kind === "close") closeAll();
}

try {
  const tag = commits.tag;
  const anchor = anchoredClock(commits.open().database, clock, options.busyTimeoutMs);
  port.on("message", serve);
  post({ kind: "opened", tag, anchor, problems: commits.problems }, []);
} catch (error) {
  commits.close();
  post({ kind: "not-opened", failure: failureOf(error, options.file) }, []);
}
