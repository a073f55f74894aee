/** A Node process that was started with `--inspect`, to read its heap size after a garbage collection. */
export class InspectedProcess {
  readonly #socket: WebSocket;
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** `url` is the ws: address that the process prints. */
  static async connect(url: string): Promise<InspectedProcess> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    return new InspectedProcess(socket);
  }

  /** Collects the garbage. Resolves to the megabytes of the remaining objects and their buffers. */
  async liveMb(): Promise<number> {
    // Finalizers run after the first collection; the second collects what they release.
    await this.#call("HeapProfiler.collectGarbage");
    await this.#call("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await this.#call("Runtime.getHeapUsage");
    return (Number(usedSize) + Number(backingStorageSize ?? 0)) / 1024 / 1024;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<Record<string, unknown>> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const onMessage = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as Answer;
        if (answer.id !== id) {
          return;
        }
        this.#socket.removeEventListener("message", onMessage);
        if (answer.result === undefined) {
          reject(new Error(`${method}: ${JSON.stringify(answer.error)}`));
        } else {
          resolve(answer.result);
        }
      };
      this.#socket.addEventListener("message", onMessage);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: unknown;
}
