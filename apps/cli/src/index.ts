/** The program `mailseal`: see `bin/mailseal.js`. A library user wants the packages it is made of. */
export { main } from "./main.ts";
