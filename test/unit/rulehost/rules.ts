import { createReport, reportFor } from "../../../daemon/config/content/report.ts";
import { compileRules } from "../../../daemon/config/rules/compile-rules.ts";
import type { RuleCall, RuleFields, RuleResult } from "../../../daemon/core/rules.ts";
import { openRuleHost, type RuleHostOptions } from "../../../daemon/rulehost/open.ts";

const never = new AbortController().signal;

/** Opens rule files in a cage; link `p/<name>` has the file `rules/<name>.ts`. */
export async function openFiles(files: Readonly<Record<string, string>>, options: Partial<RuleHostOptions> = {}) {
  const report = createReport();
  const sources = new Map(Object.entries(files).map(([name, text]) => [`rules/${name}.ts`, text]));
  const links = new Map(Object.keys(files).map((name) => [`p/${name}`, `rules/${name}.ts`]));
  const bundle = await compileRules({ files: sources, links }, (file) => reportFor(report, file));
  if (bundle === null) throw new Error(`not compiled: ${JSON.stringify(report.all())}`);
  return openRuleHost(bundle, { signal: never, ...options });
}

/** One link `p/r` whose rule for endpoint `a` has these bodies. */
export async function openRule(outgoing: string, options: Partial<RuleHostOptions> = {}, incoming = "") {
  const text = `import { link } from "syncline";
export default link<any, any>({
  a: {
    async outgoing({ issue, replica, creating, log, fail }: any) {${outgoing}
    },
    incoming({ issue, replica, current, creating, log, fail }: any) {${incoming}
    },
  },
});`.replace(/async (outgoing)/, outgoing.includes("await") ? "async $1" : "$1");
  const opened = await openFiles({ r: text }, options);
  if (!opened.ok) throw new Error(JSON.stringify(opened.diagnostics));
  return opened.host;
}

export function outgoing(issue: RuleFields, link = "p/r"): RuleCall {
  return { kind: "outgoing", link, endpoint: "a", issue, creating: false };
}

export async function answerTo(
  body: string,
  issue: RuleFields = {},
  options: Partial<RuleHostOptions> = {},
): Promise<RuleResult> {
  const host = await openRule(body, options);
  try {
    const [result] = await host.run([outgoing(issue)], never);
    if (result === undefined || result.ok === null) throw new Error("no result");
    return result;
  } finally {
    await host.close();
  }
}
