import { readFileSync } from "node:fs";
import { createReport, reportFor } from "../../daemon/config/content/report.ts";
import { withShapes } from "../../daemon/config/publish/prepare.ts";
import { compileRules } from "../../daemon/config/rules/compile-rules.ts";
import type { RuleHost } from "../../daemon/core/rules.ts";
import type { ConnectionConfig, LinkConfig } from "../../daemon/core/snapshot.ts";
import { openRuleHost } from "../../daemon/rulehost/open.ts";

const FILE = "rules/payments/defects.ts";

export interface SampleRules {
  readonly host: RuleHost;
  /** The connection with these rules on its link, as a publish makes it. */
  readonly applied: (connection: ConnectionConfig) => ConnectionConfig;
}

/** The sample's rules, bundled and opened as the config plane does it. */
export async function openSampleRules(link: string, signal: AbortSignal): Promise<SampleRules> {
  const text = readFileSync(new URL(`../../${FILE}`, import.meta.url), "utf8");
  const report = createReport();
  const sources = { files: new Map([[FILE, text]]), links: new Map([[link, FILE]]) };
  const bundle = await compileRules(sources, (file) => reportFor(report, file));
  if (bundle === null) throw new Error(JSON.stringify(report.all()));
  const opened = await openRuleHost(bundle, { signal });
  if (!opened.ok) throw new Error(JSON.stringify(opened.diagnostics));
  const applied = (connection: ConnectionConfig) => {
    const links = connection.links.map((one) => ({ ...one, ruleFile: FILE }));
    const [ruled] = withShapes([{ ...connection, links }], opened.shapes);
    return ruled ?? connection;
  };
  return { host: opened.host, applied };
}

/** What the rules read is read with and without them: only their own cost is to differ. */
export function withReads(link: LinkConfig): LinkConfig {
  return { ...link, left: { ...link.left, reads: ["user-03"] }, right: { ...link.right, reads: ["creation_date"] } };
}
