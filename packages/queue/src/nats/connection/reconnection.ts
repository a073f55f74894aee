import type { NatsConnection } from "@nats-io/transport-node";

/** Time for other processes to report settled messages to the servers before messages are taken again. */
const quietMs = 1000;
const againMs = 250;

/** The actions to take when the connection is lost and restored. */
export interface Reconnecting {
  /** The connection is lost. */
  lost(): void;
  /** The connection is restored: send pending writes now. Called until it resolves. */
  regained(): Promise<void>;
  /** Other processes have had time to send theirs. */
  settled(): void;
}

/** Follows a connection until it is closed. */
export async function followConnection(
  connection: NatsConnection,
  { lost, regained, settled }: Reconnecting,
): Promise<void> {
  const latest = { generation: 0 };
  const comeBack = async (own: number): Promise<void> => {
    await pause(quietMs);
    while (own === latest.generation && !connection.isClosed()) {
      try {
        await regained();
        if (own === latest.generation) settled();
        return;
      } catch {
        await pause(againMs);
      }
    }
  };
  for await (const { type } of connection.status()) {
    if (type === "disconnect") {
      latest.generation += 1;
      lost();
    } else if (type === "reconnect") {
      latest.generation += 1;
      void comeBack(latest.generation);
    }
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}
