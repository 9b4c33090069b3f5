import type { RuleHost } from "../../daemon/core/rules.ts";
import type { LinkConfig } from "../../daemon/core/snapshot.ts";
import { openRuleHost } from "../../daemon/rulehost/open.ts";

const FILE = "rules/payments/defects.ts";

/** The sample's rules, `rules/payments/defects.ts`, as the config plane bundles them. */
const CODE = `
const rules = {
  alm: {
    outgoing({ issue, replica }) {
      replica["user-03"] = issue["user-03"] ?? "internal";
    },
    incoming({ issue, replica, creating }) {
      if (creating) issue["creation-time"] = replica.creation_date;
    },
  },
  agm: {
    incoming({ issue, replica, creating }) {
      issue.description = replica.description ?? "<p>No description</p>";
      if (creating) issue.status = "New";
    },
  },
};
const get = () => rules;
Object.defineProperty(module.exports, "${FILE}", { get, enumerable: true });
Object.defineProperty(module.exports, "payments/defects", { get, enumerable: true });
`;

const NO_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: "" });

export async function openSampleRules(signal: AbortSignal): Promise<RuleHost> {
  const opened = await openRuleHost({ code: CODE, map: NO_MAP, files: [FILE] }, { signal });
  if (!opened.ok) throw new Error(JSON.stringify(opened.diagnostics));
  return opened.host;
}

/** What the rules read is read with and without them: only their own cost is to differ. */
export function withReads(link: LinkConfig): LinkConfig {
  return { ...link, left: { ...link.left, reads: ["user-03"] }, right: { ...link.right, reads: ["creation_date"] } };
}

export function withRules(link: LinkConfig): LinkConfig {
  return {
    ...link,
    ruleFile: FILE,
    left: { ...link.left, rules: { outgoing: true, incoming: true, lean: ["outgoing", "incoming"] } },
    right: { ...link.right, rules: { outgoing: false, incoming: true, lean: ["incoming"] } },
  };
}
