import type { NatsConnection } from "@nats-io/transport-node";

/** Time for other processes to tell the servers what they have ended, before anything is taken again. */
const quietMs = 1000;
const againMs = 250;

/** What happens when the servers go away and come back. */
export interface Reconnecting {
  /** The connection is lost. */
  lost(): void;
  /** It is there again: what was not told yet is to be told now. Called until it resolves. */
  regained(): Promise<void>;
  /** Others have had time to do the same. */
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
