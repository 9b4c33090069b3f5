import type { FieldSchema } from "../../core/field.ts";
import type { LinkConfig, Side, SideConfig } from "../../core/snapshot.ts";
import type { Written } from "./link-context.ts";
import type { FileReport } from "./report.ts";
import { countedName, type SideFields } from "./side-fields.ts";
import type { TomlEntry } from "./toml.ts";

/** Reports required fields that nothing fills on a side where records are created: the tracker would refuse every one of them. */
export function checkRequired(
  link: TomlEntry,
  config: SideConfig,
  side: SideFields,
  written: readonly Written[],
  hasRules: boolean,
  report: FileReport,
): void {
  // What a rule fills is known only when it runs: the tracker's own answer says it then.
  if (!config.create || side.schema === null || hasRules) return;
  const own = written.filter(({ endpoint }) => endpoint === config.endpoint).map(({ field }) => field.value);
  // Only what the tracker itself said is certain.
  const certain = side.source === "committed";
  for (const field of demandedBeyond(own, side)) {
    const message = `[links.${link.key}] creates records in ${config.endpoint}, but nothing fills "${field.name}", which is required there.`;
    const hint = `Map it, or give it a value under [links.${link.key}.constants.${config.endpoint}].`;
    // E77: what the tracker fills in by itself is recommended, not mandatory.
    if (field.defaulted === true)
      report.warn("required-unmapped", link.keyAt, `${message} The tracker's own default stands there instead.`, hint);
    else (certain ? report.error : report.warn)("required-unmapped", link.keyAt, message, hint);
  }
}

/** Fields that a new record of one side must have and that neither a row, a constant nor the marker fills. */
export function unfilled(link: LinkConfig, side: Side, fields: SideFields): readonly FieldSchema[] {
  const config = link[side];
  const rows = link.fields.filter(({ direction }) => direction === "both" || direction === `to-${side}`);
  const marker = config.marker === null ? [] : [config.marker];
  return demandedBeyond([...rows.map((row) => row[side]), ...Object.keys(config.constants), ...marker], fields);
}

function demandedBeyond(names: readonly string[], side: SideFields): readonly FieldSchema[] {
  const filled = new Set(names.map((name) => countedName(side, name)));
  return demanded(side).filter(({ name }) => !filled.has(name));
}

/** What a new record must have, each field once. */
export function demanded(side: SideFields): readonly FieldSchema[] {
  return Object.values(side.schema?.fields ?? {}).filter(
    ({ name, required, readOnly }) => required && !readOnly && countedName(side, name) === name,
  );
}
