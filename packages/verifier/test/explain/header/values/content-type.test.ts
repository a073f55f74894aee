import { testRewrittenValues } from "../../../support/rewritten-values.ts";

testRewrittenValues("a Content-Type that a program wrote again", "Content-Type", [
  ["quotes added", "text/plain; charset=utf-8", 'text/plain; charset="utf-8"'],
  ["quotes removed", 'text/plain; charset="utf-8"', "text/plain; charset=utf-8"],
  ["the charset in capitals", "text/plain; charset=utf-8", "text/plain; charset=UTF-8"],
  ["the type in capitals", "text/plain; charset=utf-8", "TEXT/PLAIN; charset=utf-8"],
  ["the charset changed", "text/plain; charset=iso-8859-1", "text/plain; charset=utf-8"],
  ["a parameter added", "text/plain", "text/plain; charset=utf-8"],
  ["a parameter removed", "text/plain; charset=utf-8; format=flowed", "text/plain; charset=utf-8"],
  [
    "parameters in another order",
    "text/plain; charset=utf-8; name=a",
    "text/plain; name=a; charset=utf-8",
  ],
  ["quotes and capitals at once", "text/plain; charset=utf-8", 'TEXT/PLAIN; charset="utf-8"'],
]);
