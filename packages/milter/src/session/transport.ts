import type { Duplex } from "node:stream";

/**
 * The connection to an MTA, as a session needs it: bytes both ways. The listening program provides it, so that
 * this package opens nothing.
 */
export interface MilterTransport {
  /** The next bytes, not to be changed afterwards; undefined when the MTA has ended. Rejects when it failed. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when there is room for more. Rejects if the connection is closed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends what was written and ends our side. Resolves when that is done; never rejects. */
  end(): Promise<void>;
  /** Ends the connection at once. A `read` that waits settles. */
  destroy(): void;
}

/**
 * A `node:net` socket, or any other duplex stream of bytes.
 *
 * ```ts
 * serveMilter(duplexTransport(connect("/run/mailseal/milter.sock")), createHandler);
 * ```
 */
export function duplexTransport(stream: Duplex): MilterTransport {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  // Related data is one write already, so no write should wait until the MTA acknowledges the previous one.
  if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
  // Errors are reported by read and write; without a listener, an error event would end the process.
  stream.on("error", () => {});
  return {
    async read() {
      const { done, value } = await chunks.next();
      return done === true ? undefined : value;
    },
    write(bytes) {
      if (stream.destroyed || stream.writableEnded) {
        return Promise.reject(stream.errored ?? new Error("the connection is closed"));
      }
      return stream.write(bytes) ? Promise.resolve() : drained(stream);
    },
    end() {
      // A destroyed stream never calls back.
      if (stream.destroyed) return Promise.resolve();
      return new Promise((resolve) => {
        stream.once("close", resolve);
        stream.end(resolve);
      });
    },
    destroy() {
      stream.destroy();
    },
  };
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => (): void => {
      stream.off("drain", onDrain);
      stream.off("close", onClose);
      outcome();
    };
    const onDrain = settle(resolve);
    const onClose = settle(() => reject(stream.errored ?? new Error("the connection is closed")));
    stream.on("drain", onDrain);
    stream.on("close", onClose);
  });
}
