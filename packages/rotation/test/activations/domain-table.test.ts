import { expect, test } from "vitest";
import { type DomainTable, domainTable } from "../../src/activations/domain-table.ts";
import type { ActiveKey } from "../../src/environment.ts";
import { domain, ed, expectActiveKeys, old, rsa } from "../support/activation.ts";

/** Like the KeyDatabase of @mailseal/policy: returns rows in the order in which they were added. */
class TestTable implements DomainTable {
  readonly log: string[] = [];
  #rows: readonly (ActiveKey & { readonly domain: string })[] = [];
  find(of: string): readonly ActiveKey[] {
    return this.#rows.filter((row) => row.domain === of);
  }
  add(of: string, selector: string, keyFile: string): void {
    this.log.push(`+${selector}`);
    this.#rows = [
      ...this.#rows.filter((row) => row.domain !== of || row.selector !== selector),
      { domain: of, selector, keyFile },
    ];
  }
  remove(of: string, selector: string): number {
    this.log.push(`-${selector}`);
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => row.domain !== of || row.selector !== selector);
    return before - this.#rows.length;
  }
}

test("the table keeps the active keys of each domain", async () => {
  await expectActiveKeys(domainTable(new TestTable()));
});

test("new keys are added before old ones are removed, and correct rows are not touched", async () => {
  const table = new TestTable();
  const activation = domainTable(table);
  await activation.activate(domain, [old, rsa]);
  await activation.activate(domain, [rsa, ed]);
  await activation.activate(domain, [rsa, { ...ed, keyFile: "/elsewhere" }]);
  expect(table.log).toEqual(["+old", "+r1", "+e1", "-old", "+e1"]);
});
