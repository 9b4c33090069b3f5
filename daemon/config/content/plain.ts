import { describe, wrongType } from "./read.ts";
import type { FileReport } from "./report.ts";
import type { TomlNode } from "./toml.ts";

/**
 * A TOML value as plain JavaScript, for a connector's own settings check. Dates and integers that a number cannot hold exactly are reported:
 * no setting has a use for them.
 */
export function plainValue(node: TomlNode, what: string, report: FileReport): unknown {
  switch (node.kind) {
    case "text":
    case "boolean":
    case "float":
      return node.value;
    case "integer":
      return plainInteger(node, what, report);
    case "date":
      return wrongType(node, what, "a text, a number or true/false", report);
    case "array":
      return node.items.map((item) => plainValue(item, what, report));
    case "table": {
      const table: Record<string, unknown> = {};
      for (const { key, node: value } of node.entries.values()) {
        // A key may be called __proto__: assigning it would change what the object is.
        Object.defineProperty(table, key, {
          value: plainValue(value, `"${key}"`, report),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return table;
    }
  }
}

function plainInteger(node: TomlNode & { readonly kind: "integer" }, what: string, report: FileReport): number | null {
  const value = Number(node.value);
  if (Number.isSafeInteger(value)) return value;
  report.error(
    "invalid-value",
    node.at,
    `${what} is ${describe(node)} too large to be held exactly.`,
    "Write it as a text, in quotes.",
  );
  return null;
}
