import type { IntegrityCheck, IntegrityFinding, LinkIntegrity } from "../core/integrity.ts";
import { alignRows } from "./table.ts";
import { counted, plain } from "./words.ts";

const VERDICTS = { pass: "pass", warning: "warning", fail: "FAIL", skipped: "skipped" } as const;

/** One line a link: `payments/defects: 19 checks passed, 2 warnings, 5 skipped`. */
export function integritySummary({ link, checks, verdict }: LinkIntegrity): string {
  const count = (wanted: IntegrityCheck["verdict"]) => checks.filter((check) => check.verdict === wanted).length;
  const parts = [
    `${counted(count("pass"), "check")} passed`,
    ...(count("warning") > 0 ? [counted(count("warning"), "warning")] : []),
    ...(count("fail") > 0 ? [`${count("fail")} failed`] : []),
    ...(count("skipped") > 0 ? [`${count("skipped")} skipped`] : []),
  ];
  return `${plain(link)}: ${verdict === "fail" ? "FAILS the integrity check: " : ""}${parts.join(", ")}`;
}

/** Every check of every link, its findings below it. */
export function formatIntegrity(links: readonly LinkIntegrity[]): string {
  return links.map((link) => [integritySummary(link), ...tableOf(link.checks)].join("\n")).join("\n\n");
}

function tableOf(checks: readonly IntegrityCheck[]): readonly string[] {
  const rows = checks.map((check) => [
    VERDICTS[check.verdict],
    check.name,
    check.findings.length > 0 ? counted(check.findings.length, "finding") : plain(check.message),
  ]);
  const [head = "", ...lines] = alignRows(["VERDICT", "CHECK", ""], rows);
  return [head, ...lines.flatMap((line, i) => [line, ...(checks[i]?.findings ?? []).map(findingText)])].map(
    (line) => `  ${line}`,
  );
}

function findingText({ file, line, column, message, hint, code }: IntegrityFinding): string {
  const where = file === "" ? "" : `${plain(file)}:${line}:${column}: `;
  const what = `         ${where}${plain(message)}${code === null ? "" : ` [${code}]`}`;
  return hint === "" ? what : `${what}\n             hint: ${plain(hint)}`;
}
