import { type Config, configSchema } from "@mailseal/config";
import { describe, expect, test } from "vitest";
import { ConfigReloader, createLog, type LoadedConfig } from "../../src/index.ts";

const atStart = named("start");

function named(hostname: string, level: "info" | "warn" = "info"): Config {
  return configSchema.parse({ hostname: `${hostname}.test`, log: { level } });
}

interface Load {
  readonly loaded: (config: Config) => void;
  readonly failed: (reason: Error) => void;
  readonly isClosed: () => boolean;
}

/** A program whose configs are read when the test lets them be. */
function program(use: (config: Config) => Promise<void> | void = () => undefined) {
  const loads: Load[] = [];
  const used: Config[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  const reloader = new ConfigReloader({
    atStart,
    load: () =>
      new Promise<LoadedConfig>((resolve, reject) => {
        let closed = false;
        const close = (): void => {
          closed = true;
        };
        const loaded = (config: Config): void => resolve({ config, close });
        loads.push({ loaded, failed: reject, isClosed: () => closed });
      }),
    use: async ({ config }) => {
      await use(config);
      used.push(config);
    },
    report: {
      log: createLog({ level: "info", format: "json" }, { write }),
      program: "mailseal-test",
      readAtStart: ({ log, statistics }) => ({ log, statistics }),
    },
  });
  return { reloader, loads, used, lines };
}

/** Lets what can go on go on. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

describe("reloads that are asked for in quick succession", () => {
  test("run one after the other, so that the newest config is in force in the end", async () => {
    const { reloader, loads, used } = program();
    const slow = reloader.reload();
    const quick = reloader.reload();
    await settle();
    // The second one does not read the file while the first one still does: it would be overtaken.
    expect(loads).toHaveLength(1);
    const [older, newer] = [named("older"), named("newer")];
    loads[0]?.loaded(older);
    await slow;
    await settle();
    expect(reloader.config).toBe(older);
    loads[1]?.loaded(newer);
    await quick;
    expect(used).toEqual([older, newer]);
    expect(reloader.config).toBe(newer);
  });

  test("go on after one that failed", async () => {
    const { reloader, loads } = program();
    const failing = reloader.reload();
    const good = reloader.reload();
    await settle();
    loads[0]?.failed(new Error("line 3: expected a map"));
    await expect(failing).rejects.toThrow("line 3");
    await settle();
    const wanted = named("good");
    loads[1]?.loaded(wanted);
    expect(await good).toEqual({});
    expect(reloader.config).toBe(wanted);
  });
});

describe("the log", () => {
  test("names the options that wait for a restart, until they are set back", async () => {
    const { reloader, loads, lines } = program();
    const reloaded = async (config: Config) => {
      const answer = reloader.reload();
      await settle();
      loads.at(-1)?.loaded(config);
      return answer;
    };
    const warning = "log: changed, and in force only after a restart of mailseal-test";
    expect(await reloaded(named("one", "warn"))).toEqual({ warning });
    expect(await reloaded(named("two", "warn"))).toEqual({ warning });
    expect(await reloaded(named("three"))).toEqual({});
    expect(lines.map((line) => [line["msg"], line["warning"]])).toEqual([
      ["config reloaded", warning],
      ["config reloaded", warning],
      ["config reloaded", undefined],
    ]);
  });

  test("says why a config was not put in force", async () => {
    const { reloader, loads, lines } = program(() => {
      throw new Error("port 25 is taken");
    });
    const reloaded = reloader.reload();
    await settle();
    loads[0]?.loaded(named("one"));
    await expect(reloaded).rejects.toThrow("port 25 is taken");
    expect(reloader.config).toBe(atStart);
    expect(lines[0]).toMatchObject({
      msg: "config not reloaded; the previous config stays in force",
    });
  });
});

describe("a program that stops", () => {
  test("closes a config that was still being read, and puts it in force no more", async () => {
    const { reloader, loads, used } = program();
    const reloaded = reloader.reload();
    await settle();
    await reloader.stop();
    expect(reloader.isReady).toBe(false);
    loads[0]?.loaded(named("late"));
    await expect(reloaded).rejects.toThrow("the program is stopping");
    expect([loads[0]?.isClosed(), used]).toEqual([true, []]);
  });

  test("waits for a config that is being put in force", async () => {
    let done: () => void = () => undefined;
    const { reloader, loads, used } = program(
      () =>
        new Promise<void>((resolve) => {
          done = resolve;
        }),
    );
    const reloaded = reloader.reload();
    await settle();
    loads[0]?.loaded(named("one"));
    await settle();
    const stopped = reloader.stop().then(() => "stopped");
    const later = settle().then(() => "not yet");
    expect(await Promise.race([stopped, later])).toBe("not yet");
    done();
    await Promise.all([reloaded, stopped]);
    expect(used).toHaveLength(1);
  });
});
