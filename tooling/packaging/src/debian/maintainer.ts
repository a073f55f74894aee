/** Who answers for the package, as control and changelog name them. */
export const maintainer = "The Mailseal authors <mailseal@users.noreply.github.com>";
