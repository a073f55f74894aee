import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import type { SinkEvent } from "@mailseal/testkit/smtp-sink";
import { describe, expect, test } from "vitest";
import { asked, message, started } from "../support/recipients.ts";
import { passingPipeline, startRelay, testConfig } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

describe("recipients that are checked with the next hop", () => {
  const refusing = ({ stage, line }: SinkEvent): string | undefined => {
    if (stage !== "rcpt") return undefined;
    if (line.includes("nobody")) return "550 5.1.1 No such user";
    return line.includes("later") ? "450 4.2.0 Not now" : undefined;
  };

  test("are accepted, refused or deferred as the next hop replies to MAIL FROM:<> and RCPT, without a message", async () => {
    const lines: string[] = [];
    const sink = await startSink({
      react: (event) => {
        lines.push(event.line);
        return refusing(event);
      },
    });
    const { port, depth } = await started({ nextHop: true, list: ["listed@x.example"] }, sink.port);
    const to = ["ann", "nobody", "later"].map((name) => `${name}@example.net`);
    expect(await asked(port, ...to, "listed@x.example")).toEqual([
      "250 2.1.5",
      "550 5.1.1",
      "450 4.2.0",
      "250 2.1.5",
    ]);
    expect(await depth()).toBe(1);
    expect(lines.filter((line) => line.startsWith("MAIL"))).toEqual([
      "MAIL FROM:<>",
      "MAIL FROM:<>",
      "MAIL FROM:<>",
    ]);
    expect(lines.filter((line) => line.startsWith("DATA"))).toEqual([]);
    // A 5xx and a 2xx are remembered; a recipient that got a 4xx is asked again.
    await asked(port, ...to);
    expect(lines.filter((line) => line.startsWith("RCPT"))).toHaveLength(4);
    expect(sink.connections).toBe(1);
  });

  test("are checked again after a reload that changes the next hop, and not after other reloads", async () => {
    const rcpts: string[] = [];
    const noting =
      (name: string, reply?: string) =>
      ({ stage }: SinkEvent): string | undefined => {
        if (stage !== "rcpt") return undefined;
        rcpts.push(name);
        return reply;
      };
    const [first, second] = [
      await startSink({ react: noting("first", "550 5.1.1 No such user") }),
      await startSink({ react: noting("second") }),
    ];
    const listener = { mode: "queue", direction: "inbound", recipients: { nextHop: true } };
    const config = { queue: { file: `${temporaryDirectory("test")}/queue.db` } };
    const options = { nextHopPort: first.port, listener, config, pipeline: passingPipeline() };
    const { port, relay } = await startRelay(options);
    const reload = (nextHopPort: number): Promise<unknown> =>
      relay.reload({
        config: testConfig({ ...options, nextHopPort }),
        pipeline: passingPipeline(),
        close: () => undefined,
      });
    expect(await asked(port, "ann@example.net")).toEqual(["550 5.1.1"]);
    await reload(first.port);
    expect(await asked(port, "ann@example.net")).toEqual(["550 5.1.1"]);
    expect(rcpts).toEqual(["first"]);
    await reload(second.port);
    expect(await asked(port, "ann@example.net")).toEqual(["250 2.1.5"]);
    expect(rcpts).toEqual(["first", "second"]);
  });

  test("are refused with as much of the next hop's reply as fits in a line", async () => {
    const words = "no ".repeat(300).trim();
    const sink = await startSink({
      react: ({ stage }) => (stage === "rcpt" ? `550 5.1.1 ${words}` : undefined),
    });
    const { port } = await started({ nextHop: true }, sink.port);
    const { rcpt } = await submit({
      port,
      mailFrom: "<joe@example.com>",
      rcptTo: ["<ann@example.net>"],
      message,
    });
    expect(rcpt).toEqual([`550 5.1.1 ${words.slice(0, 512)}`]);
  });

  test("are deferred if the next hop is unreachable or refuses mail from the null sender", async () => {
    const sink = await startSink({
      react: ({ stage }) => (stage === "mail" ? "550 5.7.1 No bounces" : undefined),
    });
    const { port } = await started({ nextHop: true }, sink.port);
    expect(await asked(port, "ann@example.net")).toEqual(["451 4.1.7"]);
    const gone = await started({ nextHop: true }, 1);
    expect(await asked(gone.port, "ann@example.net")).toEqual(["451 4.4.1"]);
  });
});
