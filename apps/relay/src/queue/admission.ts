import { refusal, type Reply } from "@mailseal/delivery";
import type { QueueStats } from "@mailseal/queue";
import type { QueueConfig } from "@mailseal/service";

type HighWater = QueueConfig["highWater"];

/** Why no more is to be taken at the moment; undefined where there is room. */
export function refusalAt(
  marks: HighWater,
  { depth, bytes, oldestAgeMs = 0, diskFreeBytes = Infinity }: QueueStats,
): Reply | undefined {
  if (depth >= marks.depth) {
    return full(`the queue holds ${depth} messages`);
  }
  if (bytes >= marks.bytes) {
    return full(`the queue holds ${bytes} octets`);
  }
  if (marks.age > 0 && oldestAgeMs >= marks.age) {
    return full("mail waits too long in the queue");
  }
  return diskFreeBytes < marks.diskFree ? full("the disk of the queue is almost full") : undefined;
}

function full(why: string): Reply {
  return refusal(452, "4.3.1", `${why}, try again later`);
}
