import type { Command } from "commander";

/** What `init` and `connection add` are told alike. */
export function withSetup(command: Command): Command {
  return command
    .option("--left <endpoint>", 'the first endpoint: "<name> type=… <setting>=… secret=<name of a secret>"')
    .option("--right <endpoint>", "the second one, likewise")
    .option(
      "--entities <pairs>",
      "what to link, left=right with commas (default: defects, requirements and stories that both have)",
    )
    .option("--create <where>", 'where partners may be made: "none", "both", or an endpoint\'s name (default: none)')
    .option(
      "--secrets <folder>",
      "one file a secret, outside of the repository (default: $SYNCLINE_SECRETS, else <folder>-secrets)",
    )
    .option("--yes", "ask nothing that has a usual answer")
    .option("--json", "print one JSON object");
}
