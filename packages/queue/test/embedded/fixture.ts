import { temporaryDirectory } from "@mailseal/testkit/files";
import { onTestFinished } from "vitest";
import {
  type Destination,
  type EmbeddedQueueOptions,
  type NewMessage,
  openQueue,
  type Queue,
} from "../../src/index.ts";

/** A folder that is removed when the test ends. */
export function folder(): string {
  return temporaryDirectory("test");
}

export async function open(
  file: string,
  options: Partial<EmbeddedQueueOptions> = {},
): Promise<Queue> {
  const queue = await openQueue({ file, minFreeBytes: 0, ...options });
  onTestFinished(() => queue.close());
  return queue;
}

export function messageTo(route: string, more: Partial<NewMessage> = {}): NewMessage {
  return { envelope: { from: "" }, destinations: [destinationTo(route)], ...more };
}

export function destinationTo(route: string): Destination {
  return { route, recipients: [{ address: `bob@${route}` }] };
}

/** A body without an end, which knows whether its reader has closed it. */
export class EndlessBody {
  isClosed = false;

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) yield Buffer.alloc(200_000);
    } finally {
      this.isClosed = true;
    }
  }
}
