import { testRewrittenValues } from "../../../support/rewritten-values.ts";

testRewrittenValues("an address list that a program wrote again", "To", [
  ["quotes removed", '"Bob Bay" <bob@example.net>', "Bob Bay <bob@example.net>"],
  ["quotes added", "Bob Bay <bob@example.net>", '"Bob Bay" <bob@example.net>'],
  [
    "angle brackets added",
    "bob@example.net, zoe@example.net",
    "<bob@example.net>, <zoe@example.net>",
  ],
  ["angle brackets removed", "<bob@example.net>", "bob@example.net"],
  ["the address repeated as the name", "bob@example.net", "bob@example.net <bob@example.net>"],
  ["a name that stood in a comment", "bob@example.net (Bob Bay)", '"Bob Bay" <bob@example.net>'],
  ["spaces after commas removed", "a@example.net, b@example.net", "a@example.net,b@example.net"],
  [
    "only one of two rewritten",
    '"Bob" <bob@example.net>, "Zoe" <zoe@example.net>',
    'Bob <bob@example.net>, "Zoe" <zoe@example.net>',
  ],
  ["the case of a domain", "Bob <bob@example.net>", "Bob <bob@Example.NET>"],
]);
