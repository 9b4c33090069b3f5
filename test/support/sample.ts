import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Files } from "../unit/config-git/git-box.ts";
import { ROOT } from "./command.ts";

/** Where the sample mapping says that the trackers are. */
const SAMPLE_URLS = { alm: "http://127.0.0.1:7171/qcbin", agm: "http://127.0.0.1:7172" } as const;

export const MAPPING = "mappings/payments.toml";
export const RULE = "rules/payments/defects.ts";
export const USERS = "users/payments.csv";

export interface SampleOptions {
  readonly alm?: string;
  readonly agm?: string;
  /** Replaces the sample's triggers. Default: none, so that runs happen when a test asks for them. */
  readonly triggers?: readonly string[];
  /** Applied to the mapping's text; must change it. */
  readonly edit?: (mapping: string) => string;
}

/** The three folders of this project, pointed at the given trackers. */
export function sampleFiles(options: SampleOptions = {}): Record<string, string> {
  const files = Object.fromEntries(
    ["rules", "mappings", "users"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const file = join(entry.parentPath, entry.name);
          return [file.slice(ROOT.length), readFileSync(file, "utf8")];
        }),
    ),
  ) as Record<string, string>;
  return { ...files, [MAPPING]: sampleMapping(options, files[MAPPING] ?? "") };
}

function sampleMapping(options: SampleOptions, text: string): string {
  const without = text.replaceAll(/\[\[links\.defects\.triggers\]\]\n(?:[^[\n].*\n|\n)*/g, "");
  const triggers = (options.triggers ?? []).map((lines) => `[[links.defects.triggers]]\n${lines}\n\n`).join("");
  const mapping = without
    .replace(SAMPLE_URLS.alm, options.alm ?? SAMPLE_URLS.alm)
    .replace(SAMPLE_URLS.agm, options.agm ?? SAMPLE_URLS.agm)
    .replace("[links.defects.fields]", `${triggers}[links.defects.fields]`);
  return options.edit === undefined ? mapping : changed(mapping, options.edit);
}

/** Guards tests against a sample that no longer has what they mean to break. */
export function changed(text: string, edit: (text: string) => string): string {
  const after = edit(text);
  if (after === text) throw new Error("the edit changed nothing: the sample has moved on");
  return after;
}

/** The secrets of the sample mapping, readable by the owner only. */
export function writeSecrets(folder: string, secrets: Readonly<Record<string, Files>>): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, values] of Object.entries(secrets)) {
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(String(value))}\n`);
    writeFileSync(join(folder, name), lines.join(""), { mode: 0o600 });
  }
  return folder;
}
