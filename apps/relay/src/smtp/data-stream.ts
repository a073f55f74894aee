import type { IncomingMessage } from "../message/incoming-message.ts";

/** What smtp-server gives for DATA. */
export interface DataStream {
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The client went away before its message was whole: nobody waits for an answer. */
export class ClientGone extends Error {
  constructor(options?: ErrorOptions) {
    super("the client went away before the message was whole", options);
    this.name = "ClientGone";
  }
}

/** Reads to the end, at the speed of where it is kept. Throws `ClientGone`. */
export function receive(stream: DataStream, incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    let writing: Promise<void> = Promise.resolve();
    stream.on("data", (chunk) => {
      const written = incoming.write(chunk);
      if (written !== undefined) {
        stream.pause();
        writing = writing.then(() => written).then(() => void stream.resume());
        writing.catch(reject);
      }
    });
    stream.on("end", () => {
      writing.then(resolve, reject);
    });
    stream.on("error", (error) => reject(new ClientGone({ cause: error })));
  });
}
