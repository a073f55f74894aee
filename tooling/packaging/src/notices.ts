import type { ThirdParty } from "./third-party.ts";

/** The licences of bundled packages as one text, with each licence text once, below all packages that have it. */
export function noticesText(thirdParties: readonly ThirdParty[]): string {
  const byText = new Map<string, ThirdParty[]>();
  for (const third of thirdParties) {
    const text = third.text ?? licenseByName(third);
    byText.set(text, [...(byText.get(text) ?? []), third]);
  }
  return [...byText]
    .map(([text, owners]) => [...owners.map(titleOf), "", text].join("\n"))
    .join(`\n\n${"-".repeat(78)}\n\n`);
}

function titleOf({ name, version, license, author }: ThirdParty): string {
  return `${name} ${version} (${license})${author === "" ? "" : `, by ${author}`}`;
}

function licenseByName({ license, author }: ThirdParty): string {
  const owner = author === "" ? "its authors" : author;
  return `Copyright ${owner}. Licensed under ${license}; the package has no text of the licence.`;
}
