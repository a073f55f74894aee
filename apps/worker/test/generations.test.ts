import { configSchema } from "@mailseal/config";
import { policyOf } from "@mailseal/service";
import { expectCollected } from "@mailseal/testkit/garbage";
import { test } from "vitest";
import { content, mailTo, startSink, startWorker } from "./worker-under-test.ts";

test("a replaced config is freed when its deliveries have ended", async () => {
  const sink = await startSink();
  const { worker, queue, logged, log } = await startWorker({ port: sink.port });
  const input = { hostname: "us.test", signing: { sign: false as const } };
  const replaced: WeakRef<object>[] = [];
  for (let count = 0; count < 10; count++) {
    const config = configSchema.parse({ ...input, worker: { port: sink.port, retry: ["1s"] } });
    const policy = await policyOf(config, () => undefined);
    replaced.push(new WeakRef(policy.config), new WeakRef(policy.pipeline));
    worker.use(policy);
    await queue.add(mailTo([`ann@d${count}.example`]), content);
    await logged(() => log().filter(({ msg }) => msg === "delivery").length > count);
  }
  const old = replaced.slice(0, -2);
  await expectCollected(old);
});
