import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { MailResolver } from "@mailseal/delivery";
import { createLog } from "@mailseal/service";
import { authority, trust } from "@mailseal/testkit/certificates";
import { TlsFront } from "@mailseal/testkit/tls-front";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { MtaSts } from "../../../src/delivery/connect/mta-sts.ts";
import { content, mailTo, startSink, startWorker } from "../../worker-under-test.ts";

/** Policies are served at port 443 only, which not every user may listen at. */
const mayServe = await listening(createServer()).then(
  async (server) => {
    server.close();
    await once(server, "close");
    return true;
  },
  () => false,
);

async function listening(server: Server): Promise<Server> {
  server.listen(443, "127.0.0.1");
  await once(server, "listening");
  return server;
}

interface Domain {
  record: string | "absent" | "fails";
  policy: string;
  /** Policies that were fetched. */
  fetched: number;
}

const enforced = "version: STSv1\r\nmode: enforce\r\nmx: mx.test\r\nmax_age: 600\r\n";
const log = createLog({ level: "silent", format: "json" }, { write: () => undefined });

describe.skipIf(!mayServe)("MTA-STS", () => {
  const trusted = authority();
  const distrust = trust(trusted);
  afterAll(distrust);

  async function publish(policy: string): Promise<Domain> {
    const domain: Domain = { record: "v=STSv1; id=1;", policy, fetched: 0 };
    const server = createServer(
      trusted.issue("DNS:mta-sts.example.net", 2),
      (request, response) => {
        domain.fetched++;
        expect(request.url).toBe("/.well-known/mta-sts.txt");
        response.setHeader("content-type", "text/plain");
        response.end(domain.policy);
      },
    );
    await listening(server);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return domain;
  }

  function resolverOf(domain: Domain): MailResolver {
    return {
      mx: async () => [{ preference: 1, host: "mx.test" }],
      addresses: async (host, family) =>
        family === "ipv6" || host === "" ? "absent" : ["127.0.0.1"],
      text: async (name) => {
        if (domain.record === "fails") throw new Error("SERVFAIL");
        if (domain.record === "absent" || name !== "_mta-sts.example.net") return "absent";
        return [domain.record];
      },
    };
  }

  test("the policy of a domain allows its hosts, and no others", async () => {
    const domain = await publish(`${enforced}mx: *.mail.test\r\n`);
    const mtaSts = new MtaSts({ resolver: resolverOf(domain), log });
    const isAllowed = await mtaSts.enforcedHosts("example.net");
    expect(
      ["mx.test", "MX.test.", "a.mail.test", "a.b.mail.test", "mail.test", "other.test"].map(
        (host) => isAllowed?.(host),
      ),
    ).toEqual([true, true, true, false, false, false]);
    expect(await mtaSts.enforcedHosts("other.example")).toBeUndefined();
  });

  test.each([
    ["testing", enforced.replace("enforce", "testing")],
    ["none", enforced.replace("enforce", "none")],
    ["not a policy", "<html>"],
    ["larger than any policy", enforced + "x: y\r\n".repeat(20_000)],
  ])("a policy that is %s enforces nothing", async (_what, policy) => {
    const domain = await publish(policy);
    const mtaSts = new MtaSts({ resolver: resolverOf(domain), log });
    expect(await mtaSts.enforcedHosts("example.net")).toBeUndefined();
    expect(domain.fetched).toBe(1);
  });

  test("a policy is fetched once for simultaneous lookups, and again when its id changes", async () => {
    const domain = await publish(enforced);
    let nowMs = Date.now();
    const mtaSts = new MtaSts({ resolver: resolverOf(domain), log, elapsedMs: () => nowMs });
    const ask = (): Promise<unknown> => mtaSts.enforcedHosts("example.net");
    await Promise.all([ask(), ask(), ask()]);
    nowMs += 400_000;
    await ask();
    expect(domain.fetched).toBe(1);
    domain.record = "v=STSv1; id=2;";
    domain.policy = enforced.replace("enforce", "none");
    await ask();
    expect(domain.fetched).toBe(1);
    nowMs += 400_000;
    expect(await ask()).toBeUndefined();
    expect(domain.fetched).toBe(2);
  });

  test.each(["absent", "fails"] as const)(
    "a policy that is known holds where the record %s",
    async (record) => {
      const domain = await publish(enforced);
      let nowMs = Date.now();
      const mtaSts = new MtaSts({ resolver: resolverOf(domain), log, elapsedMs: () => nowMs });
      await mtaSts.enforcedHosts("example.net");
      domain.record = record;
      nowMs += 400_000;
      expect(await mtaSts.enforcedHosts("example.net")).toBeTypeOf("function");
    },
  );

  test.each([
    ["true", "of the host", "DNS:mx.test", 1],
    ["true", "of another host", "DNS:other.test", 0],
    ["false", "of another host", "DNS:other.test", 1],
  ])("worker.mtaSts: %s, a certificate %s", async (mtaSts, _whose, name, taken) => {
    const domain = await publish(enforced);
    const sink = await startSink({ extensions: ["STARTTLS"] });
    const certificate = trusted.issue(name, 2);
    const front = await TlsFront.startTls(sink.port, { type: "tls", certificate });
    onTestFinished(() => front.close());
    const {
      queue,
      logged,
      log: lines,
    } = await startWorker({
      port: front.port,
      resolver: resolverOf(domain),
      worker: { mtaSts: mtaSts === "true", retry: ["10m"] },
    });
    await queue.add(mailTo(["ann@example.net"]), content);
    await logged(({ msg }) => msg === "delivery");
    expect(lines().find(({ msg }) => msg === "delivery")).toMatchObject({
      outcomes: [taken === 1 ? "delivered" : "deferred"],
      reply: expect.stringContaining(taken === 1 ? "250" : "4.7.5"),
    });
    expect(sink.messages).toHaveLength(taken);
  });
});
