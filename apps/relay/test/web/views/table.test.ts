import { describe, expect, test } from "vitest";
import { badge, bar, nameColumn, numberColumn, rest, table } from "../../../src/web/views/table.ts";
import { textOf } from "../../support/page-data.ts";

interface Fruit {
  readonly name: string;
  readonly pieces: number;
}

function fruits(rows: readonly Fruit[]): string {
  return String(
    table<Fruit>({
      id: "fruits",
      caption: "Fruits",
      columns: [
        nameColumn("Name", ({ name }) => name),
        numberColumn("Pieces", ({ pieces }) => pieces),
        { title: "Colour", cell: () => "red" },
      ],
      rows,
      empty: "No fruits yet.",
    }),
  );
}

describe("a table", () => {
  test("names its rows and columns for screen readers, and can be scrolled with the keyboard", () => {
    const text = fruits([{ name: "apple", pieces: 1234 }]);
    expect(text).toContain('role="region" aria-labelledby="fruits-caption" tabindex="0"');
    expect(text).toContain('<caption id="fruits-caption">');
    expect(text).toContain('<th scope="col" class="number">Pieces</th>');
    expect(text).toContain('<th scope="row" class="name">apple</th>');
    expect(text).toContain('<td class="number">1,234</td>');
    expect(text).toContain('<td class="text">red</td>');
  });

  test("escapes the text of its cells", () => {
    expect(fruits([{ name: "<script>alert(1)</script>", pieces: 1 }])).not.toContain("<script");
  });

  test("without rows is a sentence", () => {
    expect(fruits([])).toBe('<p class="empty">No fruits yet.</p>');
  });
});

test("a bar is as wide as its share, and empty if there is nothing to share", () => {
  expect(String(bar(1, 3, "good"))).toContain('class="filled" width="33.33%"');
  expect(String(bar(0, 0, "bad"))).toContain('class="filled" width="0.00%"');
});

test("a badge and the rest of a table are escaped text", () => {
  expect(String(badge("<b>", "weak"))).toBe('<span class="badge weak">&lt;b&gt;</span>');
  expect(textOf(rest(1234, "messages"))).toContain("and 1,234 messages");
  expect(rest(0, "messages")).toBe("");
});
