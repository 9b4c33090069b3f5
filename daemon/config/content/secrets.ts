import type { FileReport } from "./report.ts";
import type { TomlEntry, TomlNode } from "./toml.ts";

const SECRET_KEY = /pass(word|wd|phrase)?$|^pw$|token|secret|credential|api[-_]?key|private[-_]?key/i;

const SECRET_VALUE = [
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s]*:[^/\s@]+@/i,
  /^(basic|bearer) \S{8,}/i,
  /^gh[pousr]_[A-Za-z0-9]{20,}/,
  /^eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
];

/** Reports secret values that stand in an endpoint's table, without repeating them; answers the keys at fault. */
export function findSecrets(
  entries: readonly TomlEntry[],
  secretKeys: readonly string[],
  where: string,
  report: FileReport,
): ReadonlySet<string> {
  const faulty = new Set<string>();
  for (const { key, node } of entries) {
    const named = secretKeys.includes(key) || SECRET_KEY.test(key);
    if (!(named && isScalar(node)) && !holdsSecret(node)) continue;
    faulty.add(key);
    const hint = 'Put the value into a secret on the host and name that here: secret = "<name>".';
    report.error("literal-secret", node.at, `A secret value stands in ${where}, "${key}".`, hint);
  }
  return faulty;
}

function isScalar(node: TomlNode): boolean {
  return node.kind === "text" || node.kind === "integer";
}

function holdsSecret(node: TomlNode): boolean {
  if (node.kind === "text") return SECRET_VALUE.some((pattern) => pattern.test(node.value));
  if (node.kind === "array") return node.items.some(holdsSecret);
  if (node.kind !== "table") return false;
  return [...node.entries.values()].some(
    ({ key, node: value }) => (SECRET_KEY.test(key) && isScalar(value)) || holdsSecret(value),
  );
}
