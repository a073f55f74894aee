/** The program `mailseal`; see `bin/mailseal.js`. To use its functions in code, install the packages that it is built from. */
export { main } from "./main.ts";
