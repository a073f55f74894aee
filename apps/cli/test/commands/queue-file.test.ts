import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { beforeAll, expect, test } from "vitest";
import { mailseal } from "../mailseal.ts";

const directory = temporaryDirectory("file");
const sound = join(directory, "sound.db");
const pageBytes = 8192;

beforeAll(async () => {
  const queue = await openQueue({ file: sound });
  for (let index = 0; index < 10; index += 1) {
    const recipients = [{ address: `ann@d${index}.example` }];
    const destinations = [{ route: `mx d${index}.example`, recipients }];
    const body = Buffer.alloc(50_000, `<body ${index}>`);
    await queue.add({ envelope: { from: "joe@example.com" }, destinations }, body);
  }
  await queue.close();
});

/** A copy with garbage in a page that contains only a part of the body of that message. */
function damaged(name: string, index: number): string {
  const file = join(directory, name);
  const bytes = readFileSync(sound);
  const isOfBody = (page: number): boolean =>
    bytes
      .toString("latin1", page * pageBytes + 100, page * pageBytes + 8000)
      .replaceAll(`<body ${index}>`, "").length < 16;
  const page = Array.from({ length: bytes.length / pageBytes }, (_, at) => at).find(isOfBody) ?? 0;
  expect(page).toBeGreaterThan(0);
  writeFileSync(file, bytes.fill(0xee, page * pageBytes + 4, (page + 1) * pageBytes));
  copyFileSync(`${sound}-mark`, `${file}-mark`);
  return file;
}

test("check reports that an intact file is intact", () => {
  const { code, stdout } = mailseal(["queue", "check", "--file", sound]);
  expect(stdout).toBe("10 messages can be read (10 ready), 0 cannot\n");
  expect(code).toBe(0);
});

test("check lists messages that cannot be read, and recover saves the others to a new file", () => {
  const file = damaged("damaged.db", 4);
  const before = readFileSync(file);
  const checked = mailseal(["queue", "check", "--file", file]);
  expect(checked.stdout).toMatch(/^\w+-5\t50000\tmx d4\.example\t.*checksum/m);
  expect(checked.stdout).toContain("9 messages can be read (9 ready), 1 cannot");
  expect(checked.code).toBe(1);
  const target = join(directory, "recovered.db");
  const recovered = mailseal(["queue", "recover", "--file", file, target]);
  expect(recovered.stdout).toMatch(/<joe@example\.com>\tann@d4\.example\t.*checksum/);
  expect(recovered.stdout).toContain("9 messages are in");
  expect(recovered.code).toBe(1);
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(mailseal(["queue", "check", "--file", target])).toMatchObject({ code: 0 });
  const again = mailseal(["queue", "recover", "--file", file, target]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("exists. Recover into a file that does not exist");
});

test("check reports transactions that are missing according to the mark", async () => {
  const file = join(directory, "older.db");
  copyFileSync(sound, file);
  const mark = readFileSync(`${sound}-mark`, "latin1");
  writeFileSync(`${file}-mark`, mark.replace(/ (\d+) (\d+) (\d+) /, " 900 40 30 "));
  const { code, stdout } = mailseal(["queue", "check", "--file", file]);
  expect(stdout).toMatch(/transactions of .* are missing: up to 29 accepted messages/);
  expect(code).toBe(1);
});

test("recover refuses a queue in use, and saves messages from a file that cannot be opened", async () => {
  const file = join(directory, "in-use.db");
  copyFileSync(sound, file);
  const queue = await openQueue({ file });
  const target = join(directory, "of-in-use.db");
  expect(mailseal(["queue", "recover", "--file", file, target])).toMatchObject({ code: 75 });
  expect(existsSync(target)).toBe(false);
  await queue.close();

  writeFileSync(file, readFileSync(file).fill(0xee, 0, pageBytes));
  expect(mailseal(["queue", "check", "--file", file])).toMatchObject({ code: 3 });
  const saved = mailseal(["queue", "recover", "--json", "--file", file, target]);
  expect(JSON.parse(saved.stdout)).toMatchObject({ recovered: 10, lost: [] });
  rmSync(file);
  truncateSync(target, 0);
  expect(mailseal(["queue", "check", "--file", target])).toMatchObject({ code: 3 });
});
